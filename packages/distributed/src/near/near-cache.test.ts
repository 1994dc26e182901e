/** What a near entry answers by: two clocks, and who is listened to. */
import { ManualClock } from '@mtaio/core/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { Cluster } from '../coordinator/cluster.js'
import type { ReadResult } from '../coordinator/read-request.js'
import { makeVersion } from '../record/version.js'
import { valueRecord } from '../record/wire-record.js'
import { NearCache } from './near-cache.js'
import { checkNearOptions } from './near-options.js'

const EPOCH = 1_700_000_000_000
const VERSION = makeVersion(1, 0, 0)

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A near cache before one node that answers at once, and both its clocks. */
async function room() {
  const clock = new ManualClock()
  const wall = { ahead: 0 }
  const nodes = ['a']
  const parts = {
    clock,
    transport: { openPushes: () => ({ send: async () => 'OK', close: () => {} }) },
    random: () => 0.5,
    wallNow: () => Math.floor(EPOCH + clock.now() + wall.ahead),
  }
  const cluster = { parts, places: {}, nodes, ownersOf: () => nodes } as unknown as Cluster
  const near = new NearCache<string>(
    { cluster, root: 'r', options: checkNearOptions({ ttl: '1h' }), placesHoldUntil: () => Number.POSITIVE_INFINITY },
    { opened: () => {}, lost: () => {}, refused: () => {} },
  )
  closers.push(() => near.close())
  await near.ears.ready()
  const space = near.space('r')
  /** Keeps a value that lives for so many ms, by the wall. */
  const keep = (life: number) => {
    const expiresAt = parts.wallNow() + life
    const body = { codec: 0, compressed: false, payload: VERSION }
    const record = valueRecord(VERSION, { expiresAt, grace: 0 }, [], body)
    const found = { record, version: VERSION, registers: [], tagged: [], degraded: false } as unknown as ReadResult
    near.end(space, near.begin(space, 'key'), 'value', found, [])
  }
  return { clock, wall, near, space, keep, value: () => near.find(space, 'key')?.value }
}

describe('a near entry', () => {
  it('answers until its value has ended, and not a moment longer', async () => {
    const { clock, keep, value } = await room()
    keep(1000.5)
    clock.advance(998)
    expect(value()).toBe('value')
    clock.advance(2.5)
    expect(value()).toBe(undefined)
  })

  it('ends with its value by the next proof, where the wall clock was set forward', async () => {
    const { wall, near, space, keep, value } = await room()
    keep(60_000)
    wall.ahead = 61_000
    await near.ears.prove()
    expect(value()).toBe(undefined)
    expect(near.glance(space, 'key')).toBe(undefined)
    // Where it was set back again, so has the end of its life.
    wall.ahead = 0
    await near.ears.prove()
    expect(value()).toBe('value')
  })

  it('answers no more without a proof that is young enough, nor once its cache is closed', async () => {
    const { clock, near, keep, value } = await room()
    keep(60_000)
    expect(value()).toBe('value')
    near.ears.prove = async () => {}
    clock.advance(1999)
    expect(value()).toBe('value')
    await near.close()
    expect(value()).toBe(undefined)
  })
})
