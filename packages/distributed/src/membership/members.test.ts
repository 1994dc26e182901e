import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  adding,
  decodeMembers,
  encodeMembers,
  everyone,
  type Member,
  type Members,
  removing,
  requiredFor,
  settledOn,
} from './members.js'

const member = (id: string, weight = 1): Member => ({ id, weight })
const three = settledOn(['a:1', 'b:1', 'c:1'].map((id) => member(id)))

describe('Members', () => {
  it('move from the nodes before to those after, and settle', () => {
    const moving = adding(three, member('d:1', 2), 'me')
    expect(moving).toMatchObject({ epoch: 1, mover: 'me', from: three.nodes })
    expect(moving.nodes).toEqual([...three.nodes, member('d:1', 2)])
    expect(everyone(moving)).toHaveLength(4)
    const settled = settledOn(moving.nodes, moving.epoch + 1)
    const leaving = removing(settled, 'a:1', 'me', 2)
    expect(leaving.nodes.map(({ id }) => id)).toEqual(['b:1', 'c:1', 'd:1'])
    expect(everyone(leaving)).toHaveLength(4)
  })

  it('one change at a time; its own undoing is one that is possible', () => {
    const moving = adding(three, member('d:1'), 'me')
    expect(() => adding(moving, member('e:1'), 'me')).toThrow(expect.objectContaining({ code: 'REBALANCING' }))
    expect(() => removing(moving, 'a:1', 'me', 2)).toThrow(expect.objectContaining({ code: 'REBALANCING' }))
    expect(removing(moving, 'd:1', 'me', 2)).toEqual(settledOn(three.nodes, 2))
    const leaving = removing(three, 'c:1', 'me', 2)
    expect(adding(leaving, member('c:1'), 'me')).toEqual(settledOn(three.nodes, 2))
  })

  it('refuse who is there already, who is not, and to be fewer than copies', () => {
    expect(() => adding(three, member('a:1'), 'me')).toThrow(/already/)
    expect(() => removing(three, 'x:1', 'me', 2)).toThrow(/no node of this cache: it has a:1, b:1, c:1/)
    expect(() => removing(three, 'a:1', 'me', 3)).toThrow(/2 nodes for 3 copies/)
  })

  it('law: who asks a majority of the nodes before meets one that holds the change, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 9 }),
        fc.boolean(),
        fc.infiniteStream(fc.double()),
        (count, adds, chance) => {
          const nodes = Array.from({ length: count }, (_, i) => member(`n${i}:1`))
          const before = settledOn(nodes)
          const after = adds ? adding(before, member('new:1'), 'me') : removing(before, 'n0:1', 'me', 1)
          const { among, count: required } = requiredFor(after)
          const shuffled = (ids: readonly string[]) =>
            ids
              .map((id) => [chance.next().value as number, id] as const)
              .sort((a, b) => a[0] - b[0])
              .map(([, id]) => id)
          const holders = shuffled(among).slice(0, required)
          const asked = shuffled(nodes.map(({ id }) => id)).slice(0, Math.floor(count / 2) + 1)
          expect(asked.some((id) => holders.includes(id))).toBe(true)
        },
      ),
    )
  })

  it('come back from bytes as they were, and nothing else is taken for them', () => {
    for (const members of [three, adding(three, member('d:1', 0.5), 'me')] as Members[]) {
      expect(decodeMembers(encodeMembers(members))).toEqual(members)
    }
    const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
    for (const bad of [
      null,
      [],
      {},
      { epoch: 1, nodes: [], beat: 0 },
      { epoch: 1, nodes: [{ id: 'a:1', weight: 0 }], beat: 0 },
      {
        epoch: 1,
        nodes: [
          { id: 'a:1', weight: 1 },
          { id: 'a:1', weight: 1 },
        ],
        beat: 0,
      },
      { epoch: 1.5, nodes: [{ id: 'a:1', weight: 1 }], beat: 0 },
      { epoch: 1, nodes: [null], beat: 0 },
    ])
      expect(decodeMembers(text(bad)), JSON.stringify(bad)).toBe(undefined)
    expect(decodeMembers(Uint8Array.of(1, 2, 3))).toBe(undefined)
  })
})
