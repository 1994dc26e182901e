import { CacheConfigError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { finalise, murmur3 } from './hash.js'
import { type PlacedNode, Placement, placementKey } from './placement.js'

const KEYS = Array.from({ length: 100_000 }, (_, i) => `user:${i}`)
const nodesOf = (...ids: string[]): PlacedNode[] => ids.map((id) => ({ id }))

const ids = (min: number) =>
  fc.uniqueArray(
    fc.oneof(
      fc.integer({ min: 5000, max: 5999 }).map((port) => `10.0.0.1:${port}`),
      fc.string({ minLength: 1, maxLength: 8 }),
    ),
    { minLength: min, maxLength: 8 },
  )
const weight = fc.oneof(fc.constant(undefined), fc.constant(1), fc.double({ min: 0.1, max: 10, noNaN: true }))
const weighted = (min: number) =>
  ids(min).chain((names) => fc.tuple(...names.map((id) => weight.map((weight): PlacedNode => ({ id, weight })))))
const cluster = (min: number) =>
  fc.oneof(
    ids(min).map((names) => nodesOf(...names)),
    weighted(min),
  )
const keys = fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 30 })

/** How many of KEYS each node is first for. */
function firsts(placement: Placement): Map<string, number> {
  const counts = new Map(placement.nodes.map((node) => [node.id, 0]))
  for (const key of KEYS) {
    const [id] = placement.replicasFor(key, 1)
    counts.set(id!, counts.get(id!)! + 1)
  }
  return counts
}

/** The dumb twin: every score computed from the definition, then sorted. */
function orderByDefinition(nodes: readonly PlacedNode[], key: string): string[] {
  const hash = murmur3(placementKey(key), 0)
  return nodes
    .map(({ id, weight = 1 }) => {
      const drawn = finalise(Math.imul(hash ^ murmur3(id, 0x6d746131), murmur3(id, 0x6e6f6465) | 1))
      return { id, score: -weight / Math.log((drawn + 0.5) / 2 ** 32) }
    })
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .map((node) => node.id)
}

describe('placementKey', () => {
  it.each([
    ['user:1', 'user:1'],
    ['{user:1}:cart', 'user:1'],
    ['cart:{user:1}', 'user:1'],
    ['a{b}{c}', 'b'],
    ['a{{b}}', '{b'],
    ['a{}{b}', 'a{}{b}'],
    ['a}b{c}', 'c'],
    ['a{b', 'a{b'],
    ['{', '{'],
    ['}', '}'],
    ['', ''],
  ])('of %j is %j, as in Redis Cluster', (key, part) => {
    expect(placementKey(key)).toBe(part)
  })

  it('is its own placement key', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('{', '}', 'a') }), (key) => {
        expect(placementKey(placementKey(key))).toBe(placementKey(key))
      }),
    )
  })
})

describe('Placement', () => {
  it('orders all nodes as the definition of rendezvous hashing does', () => {
    fc.assert(
      fc.property(cluster(1), keys, (nodes, keys) => {
        const placement = new Placement(nodes)
        for (const key of keys) expect(placement.order(key)).toEqual(orderByDefinition(nodes, key))
      }),
    )
  })

  it('gives the first of that order as replicas, each node once', () => {
    fc.assert(
      fc.property(cluster(1), keys, fc.nat(10), (nodes, keys, count) => {
        const placement = new Placement(nodes)
        for (const key of keys) {
          const replicas = placement.replicasFor(key, count)
          expect(replicas).toEqual(placement.order(key).slice(0, count))
          expect(new Set(replicas).size).toBe(Math.min(count, nodes.length))
        }
      }),
    )
  })

  it('names the choice of replicas, the same for the same ones and for no others', () => {
    fc.assert(
      fc.property(cluster(1), keys, fc.integer({ min: 1, max: 4 }), (nodes, keys, count) => {
        const placement = new Placement(nodes)
        const chosen = new Map<number, string[]>()
        for (const key of keys) {
          const choice = placement.choiceFor(key, count)
          const replicas = placement.replicasFor(key, count)
          expect(choice >= 0).toBe(nodes.length ** Math.min(count, nodes.length) <= 4096)
          if (choice >= 0) expect(chosen.get(choice) ?? replicas).toEqual(replicas)
          if (choice >= 0) chosen.set(choice, replicas)
        }
        expect(new Set([...chosen.values()].map((each) => each.join())).size).toBe(chosen.size)
      }),
    )
    expect(new Placement(nodesOf(...KEYS.slice(0, 100))).choiceFor('key', 2)).toBe(-1)
  })

  it('does not depend on the order in which nodes are named', () => {
    fc.assert(
      fc.property(cluster(2), keys, (nodes, keys) => {
        const [one, other] = [new Placement(nodes), new Placement([...nodes].reverse())]
        for (const key of keys) expect(one.order(key)).toEqual(other.order(key))
      }),
    )
  })

  it('leaves the order of the others alone when a node comes or goes', () => {
    fc.assert(
      fc.property(cluster(2), keys, fc.nat(), (nodes, keys, pick) => {
        const gone = nodes[pick % nodes.length]!
        const [before, after] = [new Placement(nodes), new Placement(nodes.filter((node) => node !== gone))]
        for (const key of keys) {
          expect(before.order(key).filter((id) => id !== gone.id)).toEqual(after.order(key))
        }
      }),
    )
  })

  it('moves keys only to a node that comes, and about its share of them', () => {
    const [three, four] = [
      new Placement(nodesOf('a:1', 'b:1', 'c:1')),
      new Placement(nodesOf('a:1', 'b:1', 'c:1', 'd:1')),
    ]
    let moved = 0
    for (const key of KEYS) {
      const [from] = three.replicasFor(key, 1)
      const [to] = four.replicasFor(key, 1)
      if (from === to) continue
      expect(to).toBe('d:1')
      moved++
    }
    expect(moved / KEYS.length).toBeGreaterThan(0.24)
    expect(moved / KEYS.length).toBeLessThan(0.26)
  })

  it('moves keys only from or to the node whose weight changes', () => {
    fc.assert(
      fc.property(weighted(2), keys, weight, fc.nat(), (nodes, keys, weight, pick) => {
        const changed = nodes[pick % nodes.length]!
        const before = new Placement(nodes)
        const after = new Placement(nodes.map((node) => (node === changed ? { id: node.id, weight } : node)))
        for (const key of keys) {
          const others = (placement: Placement) => placement.order(key).filter((id) => id !== changed.id)
          expect(others(before)).toEqual(others(after))
        }
      }),
    )
  })

  it.each([
    ['ports of one host', ['localhost:5000', 'localhost:5001', 'localhost:5002']],
    ['hosts', ['cache-a.internal:6379', 'cache-b.internal:6379', 'cache-c.internal:6379']],
    ['letters', ['a', 'b', 'c']],
  ])('loads three nodes evenly: max over mean at most 1.03 (%s)', (_what, names) => {
    const counts = [...firsts(new Placement(nodesOf(...names))).values()]
    expect(Math.max(...counts) / (KEYS.length / 3)).toBeLessThanOrEqual(1.03)
  })

  it('spreads the keys of a lost node evenly over those that stay', () => {
    const placement = new Placement(nodesOf('a:1', 'b:1', 'c:1', 'd:1'))
    const heirs = new Map<string, number>()
    for (const key of KEYS) {
      const [first, second] = placement.replicasFor(key, 2)
      if (first === 'a:1') heirs.set(second!, (heirs.get(second!) ?? 0) + 1)
    }
    const counts = [...heirs.values()]
    expect(counts).toHaveLength(3)
    expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(1.06)
  })

  it('respects weights within a few per cent', () => {
    const counts = firsts(
      new Placement([{ id: 'a:1', weight: 1 }, { id: 'b:1', weight: 2 }, { id: 'c:1' }, { id: 'd:1', weight: 0.5 }]),
    )
    const shares = [...counts.values()].map((count) => count / KEYS.length)
    const expected = [1, 2, 1, 0.5].map((weight) => weight / 4.5)
    shares.forEach((share, i) => {
      expect(Math.abs(share / expected[i]! - 1)).toBeLessThan(0.04)
    })
  })

  it('lets keys with one tag lie together', () => {
    const placement = new Placement(nodesOf('a:1', 'b:1', 'c:1', 'd:1', 'e:1'))
    expect(placement.order('{user:1}:cart')).toEqual(placement.order('orders of {user:1}'))
    expect(placement.order('{user:1}:cart')).toEqual(placement.order('user:1'))
  })

  it('places as it always did', () => {
    const placement = new Placement(nodesOf('localhost:5000', 'localhost:5001', 'localhost:5002'))
    expect(
      ['user:1', 'user:2', 'user:3', 'ключ', '{tag}x'].map((key) =>
        placement
          .order(key)
          .map((id) => id.at(-1))
          .join(''),
      ),
    ).toEqual(['021', '120', '201', '201', '012'])
  })

  it.each<[string, PlacedNode[], RegExp]>([
    ['no nodes', [], /nodes is empty/],
    ['a node twice', [{ id: 'a:1' }, { id: 'b:1' }, { id: 'a:1' }], /a:1 twice/],
    ['a node without id', [{ id: '' }], /no id/],
    ['weight 0', [{ id: 'a:1', weight: 0 }], /weight of a:1 is 0/],
    ['a negative weight', [{ id: 'a:1', weight: -1 }], /weight/],
    ['weight NaN', [{ id: 'a:1', weight: Number.NaN }], /weight/],
    ['weight Infinity', [{ id: 'a:1', weight: Infinity }], /weight/],
  ])('refuses %s', (_what, nodes, message) => {
    expect(() => new Placement(nodes)).toThrow(CacheConfigError)
    expect(() => new Placement(nodes)).toThrow(message)
  })
})
