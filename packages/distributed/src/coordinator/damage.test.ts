/** Versions out of all reason that stand in a write's way. */
import { describe, expect, it } from 'vitest'
import { type QuorumOptions, simulate } from '../../test-support/simulated-clients.js'
import { encodeEnvelope } from '../record/envelope.js'
import { makeVersion } from '../record/version.js'
import { tombstoneOf } from '../record/wire-record.js'

const YEAR = 365 * 86_400_000
const LATE = makeVersion(1_700_000_000_000 + YEAR, 0, 1)

const sound = (key: string) => encodeEnvelope(tombstoneOf(LATE, 0), key)
const damaged = (key: string) => {
  const bytes = sound(key)
  bytes[15]! ^= 4
  return bytes
}

const SETTINGS: [string, QuorumOptions][] = [
  ['by default', {}],
  ['with majorities', { replicationFactor: 3, readQuorum: 2, quorum: 'strict' }],
  ['linearizable', { replicationFactor: 3, consistency: 'linearizable' }],
]

describe.each(SETTINGS)('a write %s', (_, settings) => {
  it.each(['test:key', '!cleared:test'])('gets past damage under %s, on one replica or all', async (key) => {
    for (const many of [1, 3]) {
      const { network, client } = simulate(settings)
      const { cache, placed } = client()
      for (const node of placed('key').slice(0, many)) network.execute(node, ['SET', key, damaged(key)])
      await cache.set('key', 'value')
      expect(await cache.get('key')).toBe('value')
      await cache.delete('key')
      expect(await cache.get('key')).toBe(undefined)
    }
  })

  it('is refused by what is sound, which stays', async () => {
    const { network, client } = simulate(settings)
    const { cache, placed } = client()
    for (const node of placed('key')) network.execute(node, ['SET', 'test:key', sound('test:key')])
    await expect(cache.set('key', 'value')).rejects.toMatchObject({ code: 'CLOCK_DRIFT' })
    for (const node of placed('key')) expect(network.execute(node, ['GET', 'test:key'])).toEqual(sound('test:key'))
  })
})
