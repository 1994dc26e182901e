import { ManualClock } from '@mtaio/core/testing'
import { describe, expect, it } from 'vitest'
import { settle } from '../../test-support/simulated-clients.js'
import { HintDelivery } from './hint-delivery.js'
import { HintedHandoff } from './hinted-handoff.js'
import type { Pace } from './pace.js'

describe('the last delivery of hints', () => {
  it('takes for sent only what was sent while there was time, and keeps the rest', async () => {
    const clock = new ManualClock()
    const hints = new HintedHandoff({ maxHints: 100, maxBytes: 10_000 }, () => clock.now())
    for (let i = 0; i < 100; i++) {
      hints.keep('a:1', { key: `key${i}`, envelope: new Uint8Array(10), forgetAt: 0, registers: [] })
    }
    // Each lot has to wait its turn.
    const pace = { take: () => new Promise<void>((resolve) => void clock.setTimer(resolve, 600)) } as unknown as Pace
    const sent: string[] = []
    let delivered = 0
    const delivery = new HintDelivery({
      ...{ hints, pace, clock, random: () => 0.5, isDue: () => true },
      store: async (_node, { key }) => sent.push(key),
      delivered: () => delivered++,
    })
    const last = delivery.last(['a:1'], 1000)
    for (let step = 0; step < 10; step++) {
      await settle()
      clock.advance(100)
    }
    await last
    clock.advance(5000)
    await settle()
    expect(sent.length).toBeGreaterThan(0)
    expect(delivered).toBe(sent.length)
    expect(hints.size).toBe(100 - sent.length)
  })
})
