/** What fault injection on real nodes found: writes that somebody was owed and never told of. */
import { describe, expect, it } from 'vitest'
import { settle, simulate } from '../../test-support/simulated-clients.js'
import { encodeEnvelope } from '../record/envelope.js'
import { makeVersion } from '../record/version.js'
import { tombstoneOf } from '../record/wire-record.js'

const MAJORITY = { replicationFactor: 3, readQuorum: 2, quorum: 'strict' } as const

function write(key: string) {
  const envelope = encodeEnvelope(tombstoneOf(makeVersion(1, 0, 1), 0), key)
  return { key, envelope, forgetAt: 0, registers: [] }
}

describe('a write that a node missed', () => {
  it('is delivered, at whatever turn of the delivery of another one it is kept', async () => {
    for (let turn = 0; turn < 20; turn++) {
      const { client, clock } = simulate()
      const { cluster } = client()
      const store = cluster.verbs.store.bind(cluster.verbs)
      let sent = 0
      cluster.verbs.store = async (...asked) => {
        const outcome = await store(...asked)
        if (++sent === 1) void settle(turn).then(() => cluster.keepHint('a:1', write('later')))
        return outcome
      }
      cluster.keepHint('a:1', write('first'))
      for (let wait = 0; wait < 5; wait++) {
        await clock.advance(1000)
        await settle(100)
      }
      expect({ turn, sent, kept: cluster.hints.size }).toEqual({ turn, sent: 2, kept: 0 })
    }
  })

  it('is delivered also where the write failed, once some replica has taken it', async () => {
    const { network, client, clock } = simulate({ ...MAJORITY, writeQuorum: 3 })
    const { cache, cluster, placed } = client()
    const [first, second, third] = placed('key') as [string, string, string]
    network.setFault(third, 'down')
    await expect(cache.set('key', 'value')).rejects.toThrow('of 3 replicas')
    await settle()
    expect(cluster.hints.sizeFor(third)).toBe(1)
    expect(cluster.hints.size).toBe(1)
    network.setFault(third, undefined)
    await clock.advance(1000)
    await settle()
    const held = [first, second, third].map((node) => network.execute(node, ['GET', 'test:key']))
    expect(held[2]).toEqual(held[0])
    expect(held[2]).toBeInstanceOf(Uint8Array)
  })

  it('is not kept where nobody took it, and a lease never is', async () => {
    const { network, client } = simulate(MAJORITY)
    const { cache, cluster, placed } = client()
    for (const node of placed('key')) network.setFault(node, 'down')
    await expect(cache.set('key', 'value')).rejects.toThrow('reached 0 of 2')
    cluster.keepHint(placed('key')[0]!, write('!lease:test:key'))
    expect(cluster.hints.size).toBe(0)
  })
})
