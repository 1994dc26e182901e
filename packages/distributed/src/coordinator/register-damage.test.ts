/** Registers with bits flipped in them, where they lie and on their way: nothing dead is shown, and what lives stays or is loaded anew. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NODES, type QuorumOptions, settle, simulate } from '../../test-support/simulated-clients.js'
import { makeVersion } from '../record/version.js'
import { expiredAt, staleEnvelope, staleRegister, tagRegister } from './register.js'
import { isSoundRegister } from './sound-registers.js'

const SETTINGS: [string, QuorumOptions][] = [
  ['by default', {}],
  ['with majorities', { replicationFactor: 3, readQuorum: 2, quorum: 'strict' }],
  ['linearizable', { replicationFactor: 3, consistency: 'linearizable' }],
]
const CLEARED = '!cleared:test'
const TAGGED = tagRegister('test', 'tag')
const BITS = 28 * 8

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[bit >> 3]! ^= 1 << (bit & 7)
  return copy
}

/** A cluster in which one key was killed by the register, and another was written since. */
async function stage(settings: QuorumOptions, register: string) {
  const { clock, network, client } = simulate(settings)
  const { cache } = client()
  await cache.set('dead', 'before', { tags: ['tag'] })
  const [dead] = NODES.map((node) => network.execute(node, ['GET', 'test:dead'])).filter((held) => held !== null)
  if (register === CLEARED) await cache.clear()
  else await cache.deleteByTag('tag')
  await cache.set('alive', 'since', { tags: ['tag'] })
  await settle()
  // As on a node that the invalidation has not reached in time.
  for (const node of NODES) network.execute(node, ['SET', 'test:dead', dead as Uint8Array])
  const held = (node: string) => network.execute(node, ['GET', register]) as Uint8Array
  return { clock, network, client, register: held(NODES[0]!), held }
}

describe.each(SETTINGS)('a register that is damaged, %s', (_, settings) => {
  it.each([CLEARED, TAGGED])('on one node neither kills nor revives, and is put right: %s', async (name) => {
    const { network, client, register, held } = await stage(settings, name)
    await fc.assert(
      fc.asyncProperty(fc.nat(BITS - 1), fc.constantFrom(...NODES), async (bit, node) => {
        network.execute(node, ['SET', name, flipped(register, bit)])
        for (let look = 0; look < 2; look++) {
          const { cache } = client()
          expect(await cache.get('dead')).toBeUndefined()
          expect(await cache.get('alive')).toBe('since')
          await settle()
        }
        // Where nobody has looked at it, nothing was put right; nobody has believed it either.
        network.execute(node, ['SET', name, register])
      }),
      { numRuns: 30 },
    )
    expect(held(NODES[0]!)).toEqual(register)
  })

  it.each([CLEARED, TAGGED])('on all nodes counts as newer than everything, once: %s', async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(BITS - 1), async (bit) => {
        const { network, client, register, held } = await stage(settings, name)
        for (const node of NODES) network.execute(node, ['SET', name, flipped(register, bit)])
        const { cache } = client()
        expect(await cache.get('dead')).toBeUndefined()
        expect(await cache.get('alive')).toBeUndefined()
        await settle()
        for (const node of NODES) expect(isSoundRegister(held(node), name), node).toBe(true)
        await cache.set('alive', 'again', { tags: ['tag'] })
        const other = client().cache
        expect(await other.get('alive')).toBe('again')
        expect(await other.get('dead')).toBeUndefined()
      }),
      { numRuns: 10 },
    )
  })

  it('on the way of one reply is asked for again, and nothing is removed', async () => {
    const { network, client, register, held } = await stage(settings, CLEARED)
    for (let bit = 0; bit < BITS; bit += 7) {
      const { cache } = client()
      let spoilt = 0
      network.answer = (node, name) => {
        if (name !== 'MGET' || spoilt++ > 0) return undefined
        const alive = network.execute(node, ['GET', 'test:alive'])
        return [flipped(register, bit), alive]
      }
      // Whatever is in the reply, what it says is not believed.
      expect(['since', undefined]).toContain(await cache.get('alive').catch(() => undefined))
      network.answer = undefined
      expect(await cache.get('alive')).toBe('since')
      expect(await cache.get('dead')).toBeUndefined()
      await settle()
    }
    for (const node of NODES) expect(held(node)).toEqual(register)
  })
})

it('a register of what counts as expired tells when, or, where that is damaged, no later than its version does', () => {
  const time = 1_700_000_060_000
  const version = makeVersion(time, 0, 1)
  const written = time - 60_123
  const bytes = staleEnvelope(version, staleRegister('test', 'tag'), written)
  expect(expiredAt(bytes, version)).toBe(written)
  expect(isSoundRegister(bytes, staleRegister('test', 'tag'))).toBe(true)
  for (let bit = BITS; bit < bytes.length * 8; bit++)
    expect(expiredAt(flipped(bytes, bit), version)).toBe(time - 60_000)
})
