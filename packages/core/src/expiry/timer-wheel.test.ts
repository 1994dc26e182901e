import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TimerWheel } from './timer-wheel.js'

const FINEST_SPAN = 256

type Step =
  | { kind: 'schedule'; slot: number; ahead: number }
  | { kind: 'cancel'; slot: number }
  | { kind: 'advance'; by: number; limit: number }

const ahead = fc.oneof(
  fc.integer({ min: 0, max: 2000 }),
  fc.integer({ min: 0, max: 300_000 }),
  fc.integer({ min: 0, max: 20_000_000 }),
  fc.integer({ min: 0, max: 2_000_000_000 }),
  fc.constant(1e11),
  fc.constant(Number.POSITIVE_INFINITY),
)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('schedule' as const), slot: fc.nat(30), ahead }),
    fc.record({ kind: fc.constant('cancel' as const), slot: fc.nat(30) }),
    fc.record({
      kind: fc.constant('advance' as const),
      by: fc.oneof(fc.nat(600), fc.nat(200_000), fc.nat(10_000_000), fc.nat(1_000_000_000)),
      limit: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(1000)),
    }),
  ),
  { maxLength: 120 },
)

describe('TimerWheel', () => {
  it('hands out exactly what a list of deadlines says is due, never early, at most a finest span late', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), steps, (start, history) => {
        let now = start
        const wheel = new TimerWheel(now)
        const expiresAt = new Float64Array(31)
        const model = new Map<number, number>()
        for (const step of history) {
          if (step.kind === 'schedule') {
            const deadline = now + step.ahead
            if (model.has(step.slot)) wheel.reschedule(step.slot, model.get(step.slot)!, deadline)
            else wheel.schedule(step.slot, deadline)
            expiresAt[step.slot] = deadline
            model.set(step.slot, deadline)
          } else if (step.kind === 'cancel') {
            wheel.cancel(step.slot)
            model.delete(step.slot)
          } else {
            now += step.by
            const looked = wheel.advance(now, step.limit, expiresAt, (slot) => {
              expect(model.get(slot)).toBeLessThanOrEqual(now)
              expect(wheel.has(slot)).toBe(false)
              model.delete(slot)
            })
            if (looked < step.limit) {
              for (const deadline of model.values()) expect(deadline).toBeGreaterThan(now - FINEST_SPAN)
            }
          }
          const scheduled = [...model].filter(([, deadline]) => deadline !== Number.POSITIVE_INFINITY)
          expect(wheel.size).toBe(scheduled.length)
          for (const [slot] of scheduled) expect(wheel.has(slot)).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('may be left with slots whose use is over, and takes them again for any later deadline', () => {
    fc.assert(
      fc.property(steps, (history) => {
        let now = 0
        const wheel = new TimerWheel(now)
        const expiresAt = new Float64Array(31)
        const model = new Map<number, number>()
        for (const step of history) {
          if (step.kind === 'schedule') {
            const deadline = now + step.ahead
            if (model.has(step.slot)) wheel.reschedule(step.slot, expiresAt[step.slot]!, deadline)
            else wheel.scheduleAgain(step.slot, expiresAt[step.slot]!, deadline)
            expiresAt[step.slot] = deadline
            model.set(step.slot, deadline)
          } else if (step.kind === 'cancel') {
            // The wheel is not told.
            model.delete(step.slot)
          } else {
            now += step.by
            const looked = wheel.advance(now, step.limit, expiresAt, (slot) => {
              expect(expiresAt[slot]).toBeLessThanOrEqual(now)
              model.delete(slot)
            })
            if (looked < step.limit) {
              for (const deadline of model.values()) expect(deadline).toBeGreaterThan(now - FINEST_SPAN)
            }
          }
          const scheduled = [...model].filter(([, deadline]) => deadline !== Number.POSITIVE_INFINITY)
          expect(wheel.size).toBeGreaterThanOrEqual(scheduled.length)
          for (const [slot] of scheduled) expect(wheel.has(slot)).toBe(true)
        }
        // Whatever was left is let go of in time.
        now += 2e11
        while (wheel.advance(now, 1000, expiresAt, (slot) => model.delete(slot)) === 1000);
        expect([...model.values()].filter((deadline) => deadline <= now)).toEqual([])
        expect(wheel.size).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  it('looks at no more than its limit and goes on where it stopped', () => {
    const wheel = new TimerWheel(0)
    const expiresAt = new Float64Array(1000).fill(500)
    for (let slot = 0; slot < 1000; slot++) wheel.schedule(slot, 500)
    const seen = new Set<number>()
    for (let turn = 0; turn < 10; turn++)
      expect(wheel.advance(2000, 100, expiresAt, (slot) => seen.add(slot))).toBe(100)
    expect(seen.size).toBe(1000)
    expect(wheel.advance(2000, 100, expiresAt, () => expect.unreachable())).toBe(0)
    expect(wheel.size).toBe(0)
  })

  it('does no work for a deadline that only moved later, until its old one comes', () => {
    const wheel = new TimerWheel(0)
    const expiresAt = new Float64Array([1000])
    wheel.schedule(0, 1000)
    for (let deadline = 2000; deadline <= 50_000; deadline += 1000) {
      wheel.reschedule(0, deadline - 1000, deadline)
      expiresAt[0] = deadline
    }
    const expired: number[] = []
    expect(wheel.advance(1300, 10, expiresAt, (slot) => expired.push(slot))).toBe(1)
    expect(expired).toEqual([])
    expect(wheel.advance(50_300, 10, expiresAt, (slot) => expired.push(slot))).toBe(1)
    expect(expired).toEqual([0])
  })
})
