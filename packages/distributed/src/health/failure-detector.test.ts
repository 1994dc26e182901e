import { CacheConfigError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CircuitState, FailureDetector } from './failure-detector.js'

const backoff = { base: 100, cap: 1000 }
const detectorOf = (threshold?: number) => new FailureDetector({ threshold, backoff, random: () => 0 })

/** Opens the circuit at `now`. */
function open(detector: FailureDetector, now: number, threshold = 3): void {
  for (let i = 0; i < threshold; i++) detector.onFailure(now)
}

/** The dumb twin: keeps the whole history since the last success and works everything out from it. */
class HistoryModel {
  #events: { kind: 'failure' | 'probe'; at: number; drawn: number }[] = []

  constructor(readonly threshold: number) {}

  /** Replays the history: the state, and when the next probe may go out. */
  #replay(): { state: CircuitState; next: number } {
    let state: CircuitState = 'closed'
    let next = 0
    let failures = 0
    let interval = backoff.base
    for (const { kind, at, drawn } of this.#events) {
      if (kind === 'probe') {
        state = 'half-open'
        next = at + backoff.cap
      } else if (state !== 'open') {
        failures++
        if (failures < this.threshold) continue
        state = 'open'
        next = at + interval / 2 + (interval / 2) * drawn
        interval = Math.min(backoff.cap, interval * 2)
      }
    }
    return { state, next }
  }

  get state() {
    return this.#replay().state
  }
  success() {
    this.#events = []
  }
  failure(at: number, drawn: number) {
    this.#events.push({ kind: 'failure', at, drawn })
  }
  allows(at: number): boolean {
    const { state, next } = this.#replay()
    if (state === 'closed') return true
    if (at < next) return false
    this.#events.push({ kind: 'probe', at, drawn: 0 })
    return true
  }
}

describe('FailureDetector', () => {
  it('behaves as its whole history says, whatever happens in whatever order', () => {
    const step = fc.record({
      kind: fc.constantFrom('failure', 'failure', 'failure', 'timeout', 'success', 'allows', 'allows', 'allows'),
      passed: fc.constantFrom(0, 0, 1, 49, 50, 60, 100, 250, 500, 1000),
      drawn: fc.constantFrom(0, 0.25, 0.5, 0.999),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 4 }), (steps, threshold) => {
        let drawn = 0
        let now = 0
        const detector = new FailureDetector({ threshold, backoff, random: () => drawn })
        const model = new HistoryModel(threshold)
        for (const step of steps) {
          now += step.passed
          drawn = step.drawn
          if (step.kind === 'success') {
            detector.onSuccess(now)
            model.success()
          } else if (step.kind === 'allows') {
            expect(detector.allows(now)).toBe(model.allows(now))
          } else {
            if (step.kind === 'failure') detector.onFailure(now)
            else detector.onTimeout(now)
            model.failure(now, drawn)
          }
          expect(detector.state).toBe(model.state)
          expect(detector.nextProbeAt === undefined).toBe(model.state === 'closed')
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('opens at the third failure in a row, by default', () => {
    const detector = detectorOf()
    detector.onFailure(0)
    detector.onTimeout(0)
    expect([detector.state, detector.allows(0)]).toEqual(['closed', true])
    detector.onFailure(0)
    expect([detector.state, detector.allows(0)]).toEqual(['open', false])
  })

  it('forgets failures at the first success', () => {
    const detector = detectorOf()
    detector.onFailure(0)
    detector.onFailure(0)
    detector.onSuccess(0)
    detector.onFailure(0)
    detector.onFailure(0)
    expect(detector.state).toBe('closed')
  })

  it('lets one probe through when the wait is over, and no other until it is heard of', () => {
    const detector = detectorOf()
    open(detector, 0)
    expect(detector.nextProbeAt).toBe(50)
    expect([detector.allows(49), detector.allows(50), detector.allows(50), detector.allows(900)]).toEqual([
      false,
      true,
      false,
      false,
    ])
    expect(detector.state).toBe('half-open')
    detector.onSuccess(60)
    expect([detector.state, detector.allows(60), detector.nextProbeAt]).toEqual(['closed', true, undefined])
  })

  it('waits twice as long after each failed probe, up to the cap, and from the start again once it was closed', () => {
    const detector = detectorOf(1)
    let now = 0
    const waits: number[] = []
    for (let i = 0; i < 6; i++) {
      detector.onFailure(now)
      waits.push(detector.nextProbeAt! - now)
      now = detector.nextProbeAt!
      expect(detector.allows(now)).toBe(true)
    }
    expect(waits).toEqual([50, 100, 200, 400, 500, 500])
    detector.onSuccess(now)
    detector.onFailure(now)
    expect(detector.nextProbeAt! - now).toBe(50)
  })

  it('does not wait longer because requests that were in flight fail late', () => {
    const detector = detectorOf()
    open(detector, 0)
    for (let i = 0; i < 100; i++) detector.onFailure(40)
    expect(detector.nextProbeAt).toBe(50)
  })

  it('is not shut out for good by a probe that nobody reports on', () => {
    const detector = detectorOf()
    open(detector, 0)
    expect(detector.allows(50)).toBe(true)
    expect(detector.allows(1049)).toBe(false)
    expect(detector.allows(1050)).toBe(true)
    expect(detector.allows(1050)).toBe(false)
  })

  it('is closed by a late success, also while open', () => {
    const detector = detectorOf()
    open(detector, 0)
    detector.onSuccess(10)
    expect([detector.state, detector.allows(10)]).toEqual(['closed', true])
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses the threshold %s', (threshold) => {
    expect(() => detectorOf(threshold)).toThrow(CacheConfigError)
  })

  it('refuses a backoff that is none', () => {
    const random = () => 0
    expect(() => new FailureDetector({ backoff: { base: 0, cap: 1 }, random })).toThrow(CacheConfigError)
  })
})
