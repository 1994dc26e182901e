import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Placement } from '../placement/placement.js'
import { resolveQuorums } from '../quorum/quorum-rule.js'
import { routeOf } from './route.js'

const placementOf = (nodes: readonly string[]) => new Placement(nodes.map((id) => ({ id })))

describe('routeOf', () => {
  it('law: while a key moves, a quorum and `more` of those asked have a quorum of the owners before and of those after', () => {
    const world = fc.record({
      count: fc.integer({ min: 3, max: 7 }),
      copies: fc.integer({ min: 1, max: 3 }),
      adds: fc.boolean(),
      key: fc.string(),
      chance: fc.infiniteStream(fc.double({ noNaN: true })),
    })
    fc.assert(
      fc.property(world, ({ count, copies, adds, key, chance }) => {
        const small = Array.from({ length: count }, (_, i) => `n${i}:1`)
        const large = [...small, 'new:1']
        const [from, to] = adds ? [small, large] : [large, small]
        const places = { placement: placementOf(to), before: placementOf(from) }
        for (let quorum = 1; quorum <= copies; quorum++) {
          const quorums = resolveQuorums({
            nodes: count,
            replicationFactor: copies,
            readQuorum: quorum,
            quorum: 'strict',
          })
          const { targets, more } = routeOf(key, places, quorums, () => true)
          const asked = targets
            .map((id) => [chance.next().value as number, id] as const)
            .sort((a, b) => a[0] - b[0])
            .slice(0, quorum + more)
            .map(([, id]) => id)
          for (const placement of [places.placement, places.before]) {
            const owners = placement.replicasFor(key, copies)
            expect(asked.filter((id) => owners.includes(id)).length).toBeGreaterThanOrEqual(quorum)
          }
        }
      }),
    )
  })

  it('asks nobody but the replicas when all is well, and names those that are not', () => {
    const nodes = ['a:1', 'b:1', 'c:1', 'd:1']
    const places = { placement: placementOf(nodes), before: undefined }
    const quorums = resolveQuorums({ nodes: 4, replicationFactor: 2 })
    const order = places.placement.order('key')
    expect(routeOf('key', places, quorums, () => true)).toEqual({
      replicas: order.slice(0, 2),
      targets: order.slice(0, 2),
      missing: [],
      more: 0,
    })
    const isUp = (node: string) => node !== order[0]
    expect(routeOf('key', places, quorums, isUp)).toMatchObject({
      targets: [order[1], order[2]],
      missing: [order[0]],
    })
    expect(routeOf('key', places, { ...quorums, quorum: 'strict' }, isUp).targets).toEqual([order[1]])
    expect(routeOf('key', places, quorums, () => false).targets).toEqual(order.slice(0, 2))
  })
})
