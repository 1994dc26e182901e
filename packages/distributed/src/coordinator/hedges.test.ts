import { ManualClock } from '@mtaio/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Hedges } from './hedges.js'

describe('Hedges', () => {
  it('law: each fires once its patience has passed, in order, unless undone; one timer at most is set', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ ask: fc.constant(true) }),
        fc.record({ undo: fc.nat({ max: 30 }) }),
        fc.record({ pass: fc.nat({ max: 150 }) }),
      ),
    )
    fc.assert(
      fc.property(steps, (script) => {
        const clock = new ManualClock()
        const hedges = new Hedges(clock, 100)
        const fired: number[] = []
        const undos: (() => void)[] = []
        const model: { at: number; number: number }[] = []
        const expected: number[] = []
        for (const step of script) {
          if ('ask' in step) {
            const number = undos.length
            undos.push(hedges.later(() => fired.push(number)))
            model.push({ at: clock.now() + 100, number })
          } else if ('undo' in step) {
            undos[step.undo]?.()
            const at = model.findIndex(({ number }) => number === step.undo)
            if (at >= 0) model.splice(at, 1)
          } else {
            clock.advance(step.pass)
            while (model[0] !== undefined && model[0].at <= clock.now()) expected.push(model.shift()!.number)
          }
          expect(fired).toEqual(expected)
          expect(clock.pendingTimers).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('fires nothing once closed', () => {
    const clock = new ManualClock()
    const hedges = new Hedges(clock, 100)
    let fired = 0
    hedges.later(() => fired++)
    hedges.close()
    clock.advance(1000)
    expect(fired).toBe(0)
    expect(clock.pendingTimers).toBe(0)
  })
})
