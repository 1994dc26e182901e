import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NODES, type QuorumOptions, settle, simulate } from '../../test-support/simulated-clients.js'
import { decodeEnvelope } from '../record/envelope.js'
import { ReplyError } from '../resp/reply.js'
import type { NodeFault } from '../testing/simulated-network.js'

type Step =
  | { readonly kind: 'get' | 'getEntry' | 'set' | 'delete' | 'setTagged' | 'touch'; readonly key: number }
  | { readonly kind: 'clear' | 'invalidate' | 'getMany' | 'setMany' }
  | { readonly kind: 'fault'; readonly node: number; readonly fault: NodeFault | undefined }
  | { readonly kind: 'restart' | 'foreign'; readonly node: number; readonly key: number }
  | { readonly kind: 'slow'; readonly node: number; readonly ms: number }
  | { readonly kind: 'pass'; readonly ms: number }

const key = fc.nat(2)
const node = fc.nat(NODES.length - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('get', 'getEntry', 'set'), key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('delete', 'setTagged', 'touch'), key }) },
  fc.record({ kind: fc.constantFrom('clear', 'invalidate', 'getMany', 'getMany', 'getMany', 'setMany', 'setMany') }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      node,
      fault: fc.constantFrom(undefined, 'down', 'silent', 'mute'),
    }),
  },
  fc.record({ kind: fc.constantFrom('restart', 'foreign'), node, key }),
  fc.record({ kind: fc.constant('slow' as const), node, ms: fc.constantFrom(0, 5, 400) }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(10, 1000, 400_000) }),
)

/** What two clients of one network answer to a history, and what it leaves on the nodes. */
async function lived(steps: readonly Step[], quorum: QuorumOptions, isQuick: boolean) {
  const { network, clock, client, events, degraded } = simulate(quorum)
  const clients = [client(), client({ skew: 3 })]
  if (!isQuick) for (const { cluster } of clients) cluster.plainRoute = () => undefined
  const told: unknown[] = []
  const delays = new Map<string, number>()
  network.delay = (id) => delays.get(id) ?? 0
  let counter = 0
  for (const [i, step] of steps.entries()) {
    const { cache } = clients[i % 2]!
    const call = callOf(step)
    let isOver = false
    void call?.(cache).then(
      (answer) => {
        isOver = true
        told.push([step.kind, answer])
      },
      (error: Error) => {
        isOver = true
        told.push([step.kind, error.constructor.name])
      },
    )
    await settle()
    for (let ms = 0; call !== undefined && !isOver && ms < 3000; ms += 50) {
      clock.advance(50)
      await settle()
    }
    if (call !== undefined) expect(isOver).toBe(true)
  }
  // Of what happens in one instant, either may come first.
  return { told, events: events.sort(), degraded: degraded.sort(), copies: copies() }

  function callOf(step: Step): ((cache: (typeof clients)[0]['cache']) => Promise<unknown>) | undefined {
    switch (step.kind) {
      case 'get':
        return (cache) => cache.get(`k${step.key}`)
      case 'delete':
        return (cache) => cache.delete(`k${step.key}`)
      case 'touch':
        return (cache) => cache.touch(`k${step.key}`)
      case 'getEntry':
        return async (cache) => {
          const { replicas, ...entry } = await cache.getEntry(`k${step.key}`)
          return { ...entry, replicas: [...replicas].sort() }
        }
      case 'set':
        return (cache) => cache.set(`k${step.key}`, counter++)
      case 'setTagged':
        return (cache) => cache.set(`k${step.key}`, counter++, { tags: ['t'], ttl: 100 })
      case 'getMany':
        return async (cache) => [...(await cache.getMany(['k0', 'k1', 'k2']))]
      case 'setMany':
        return (cache) => cache.setMany([0, 1, 2].map((key) => [`k${key}`, counter++] as const))
      case 'clear':
        return (cache) => cache.clear()
      case 'invalidate':
        return (cache) => cache.deleteByTag('t')
      case 'fault':
        network.setFault(NODES[step.node]!, step.fault)
        return undefined
      case 'restart':
        network.restart(NODES[step.node]!)
        return undefined
      case 'foreign':
        network.execute(NODES[step.node]!, ['SET', `test:k${step.key}`, 'not ours'])
        return undefined
      case 'slow':
        delays.set(NODES[step.node]!, step.ms)
        return undefined
      case 'pass':
        clock.advance(step.ms)
        return undefined
    }
  }

  /** Values as they stand: versions may differ by what the clocks had been moved past. */
  function copies() {
    return NODES.map((id) =>
      [0, 1, 2].map((k) => {
        const bytes = network.execute(id, ['GET', `test:k${k}`])
        if (!(bytes instanceof Uint8Array)) return null
        try {
          const { tombstone, payload, expiresAt } = decodeEnvelope(bytes, `test:k${k}`)
          return { tombstone, payload: [...payload], expiresAt }
        } catch {
          return 'foreign'
        }
      }),
    )
  }
}

describe('the quick roads', () => {
  it.each<QuorumOptions>([
    {},
    { replicationFactor: 3, readQuorum: 2 },
    { replicationFactor: 3, readQuorum: 1, writeQuorum: 2 },
    { replicationFactor: 2, readQuorum: 2, quorum: 'strict' },
  ])('law: answer what the slow ones answer and leave the same on the nodes, whatever fails: %o', async (quorum) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), async (steps) => {
        expect(await lived(steps, quorum, true)).toEqual(await lived(steps, quorum, false))
      }),
      { numRuns: 60 },
    )
  })

  it('ask each node once for many keys', async () => {
    const { client, network } = simulate()
    const { cache, placed } = client()
    const keys = Array.from({ length: 100 }, (_, i) => `k${i}`)
    await cache.setMany(keys.slice(1).map((key) => [key, key] as const))
    network.log.length = 0
    const found = await cache.getMany(keys)
    expect([...found]).toEqual(keys.map((key, i) => [key, i === 0 ? undefined : key]))
    // One more for the key that the first replica does not hold.
    expect(network.log).toHaveLength(new Set(keys.map((key) => placed(key)[0])).size + 1)
  })

  it.each<QuorumOptions>([{}, { replicationFactor: 3, readQuorum: 2 }])(
    'ask each node once for all that is read in one turn: %o',
    async (quorum) => {
      const { client, network, clock } = simulate(quorum)
      const { cache } = client()
      const keys = Array.from({ length: 60 }, (_, i) => `k${i}`)
      await cache.setMany(keys.map((key) => [key, key] as const))
      network.log.length = 0
      const calls = keys.map((key, i) =>
        i % 2 === 0 ? cache.get(key) : cache.getEntry(key).then(({ value }) => value),
      )
      expect(await Promise.all(calls)).toEqual(keys)
      expect(network.log.toSorted()).toEqual(NODES.map((node) => `${node} MGET`))
      // Not with those of another time: each call has its own.
      for (const node of NODES) network.setFault(node, 'silent')
      const failed: string[] = []
      const ask = (key: string) => cache.get(key).catch(() => failed.push(key))
      void ask('k1')
      clock.advance(1500)
      void ask('k2')
      await settle()
      clock.advance(600)
      await settle()
      expect(failed).toEqual(['k1'])
      clock.advance(1500)
      await settle()
      expect(failed).toEqual(['k1', 'k2'])
    },
  )

  it('tell each write of one turn what became of it, though they are sent as one', async () => {
    const { client, network } = simulate()
    const [{ cache }, other] = [client(), client({ skew: 5000 })]
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`)
    await other.cache.set('k1', 'newer')
    network.log.length = 0
    // Past what stands in the way of one, as if it had been sent alone.
    await Promise.all(keys.map((key) => cache.set(key, key)))
    expect(network.log.length).toBeLessThanOrEqual(2 * NODES.length)
    expect([...(await other.cache.getMany(keys)).values()]).toEqual(keys)
    // What a node stumbles over may concern one of them only.
    let errors = 1
    network.answer = (_node, name) => (name === 'EVALSHA' && errors-- > 0 ? new ReplyError('OOM no room') : undefined)
    await Promise.all(keys.map((key) => cache.set(key, `${key} again`)))
    expect(errors).toBeLessThan(0)
    expect([...(await other.cache.getMany(keys)).values()]).toEqual(keys.map((key) => `${key} again`))
  })

  it('are what calls take while all is well, and when a replica is away', async () => {
    const { client, network } = simulate()
    const { cache, cluster, placed } = client()
    const states = () => cluster.plainRoute('key', cluster.budget())
    await cache.set('key', 1)
    expect(await cache.get('key')).toBe(1)
    expect(states()?.targets).toEqual(placed('key').slice(0, 2))
    network.setFault(placed('key')[0]!, 'down')
    for (let i = 0; i < 4; i++) expect(await cache.get('key')).toBe(1)
    // Those who are left, and who stands in for it.
    const [gone, ...others] = placed('key')
    expect(states()).toMatchObject({ targets: others, missing: [gone], live: 1 })
    network.log.length = 0
    await Promise.all(Array.from({ length: 20 }, () => cache.get('key')))
    expect(network.log).toEqual([`${others[0]} MGET`])
    for (const node of others) network.setFault(node, 'down')
    for (let i = 0; i < 4; i++) await cache.get('key').catch(() => undefined)
    expect(states()).toBe(undefined)
  })
})
