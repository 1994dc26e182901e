import { CacheConfigError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareVersions, counterOf, editionOf, makeVersion, timeOf, type Version, writerOf } from './version.js'
import { VersionClock } from './version-clock.js'

const NOW = 1_700_000_000_000
const HOUR = 3_600_000

/** A clock whose wall time the test sets. */
function clockAt(start: number, maxDrift?: number) {
  const wall = { now: start }
  return { wall, clock: new VersionClock({ wallNow: () => wall.now, writer: 7, maxDrift }) }
}

describe('VersionClock', () => {
  it('tells the wall time while that moves on', () => {
    const { wall, clock } = clockAt(NOW)
    expect(timeOf(clock.next())).toBe(NOW)
    wall.now += 5.7
    const version = clock.next()
    expect([timeOf(version), counterOf(version), writerOf(version), editionOf(version)]).toEqual([NOW + 5, 0, 7, 0])
  })

  it('counts on while the wall clock stands still, jumps back or is broken', () => {
    const { wall, clock } = clockAt(NOW)
    const drawn = [clock.next(), clock.next()]
    for (const now of [NOW - HOUR, Number.NaN, -1, Infinity, 2 ** 60]) {
      wall.now = now
      drawn.push(clock.next())
    }
    expect(drawn.map(timeOf)).toEqual(Array(7).fill(NOW))
    expect(drawn.map(counterOf)).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('carries a full counter into the next millisecond', () => {
    const { clock } = clockAt(NOW)
    clock.observe(makeVersion(NOW, 0xfffe, 1))
    const [last, carried] = [clock.next(), clock.next()]
    expect([timeOf(last), counterOf(last)]).toEqual([NOW, 0xffff])
    expect([timeOf(carried), counterOf(carried)]).toEqual([NOW + 1, 0])
  })

  it('draws strictly increasing versions, past all that it accepted, whatever the wall clock does', () => {
    const time = fc.integer({ min: NOW - 3, max: NOW + 3 })
    const counter = fc.constantFrom(0, 1, 0xfffe, 0xffff)
    const edge = fc.constantFrom(0, 0xffffffff)
    const step = fc.oneof(
      fc.record({ kind: fc.constant('wall' as const), time }),
      fc.record({ kind: fc.constant('observe' as const), time, counter, writer: edge, edition: counter }),
      fc.record({ kind: fc.constant('next' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 2, HOUR), (steps, maxDrift) => {
        const { wall, clock } = clockAt(NOW, maxDrift)
        let known: Version = new Uint8Array(14)
        for (const step of steps) {
          if (step.kind === 'wall') {
            wall.now = step.time
          } else if (step.kind === 'observe') {
            const version = makeVersion(step.time, step.counter, step.writer, step.edition)
            const accepted = clock.observe(version)
            expect(accepted).toBe(step.time - wall.now <= maxDrift)
            if (accepted && compareVersions(version, known) > 0) known = version
          } else {
            const version = clock.next()
            expect(compareVersions(version, known)).toBeGreaterThan(0)
            known = version
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it('does not follow a version that is further ahead of the wall clock than maxDrift', () => {
    const { clock } = clockAt(NOW, HOUR)
    expect(clock.observe(makeVersion(NOW + HOUR + 1, 0, 1))).toBe(false)
    expect(timeOf(clock.next())).toBe(NOW)
    expect(clock.observe(makeVersion(NOW + HOUR, 9, 1))).toBe(true)
    const version = clock.next()
    expect([timeOf(version), counterOf(version)]).toEqual([NOW + HOUR, 10])
  })

  it('is not led astray in small steps', () => {
    const { clock } = clockAt(NOW, HOUR)
    expect(clock.observe(makeVersion(NOW + HOUR, 0, 1))).toBe(true)
    clock.next()
    expect(clock.observe(makeVersion(NOW + HOUR + 1, 0, 1))).toBe(false)
  })

  it('by default follows a clock set to local time, and no clock of another year', () => {
    const { clock } = clockAt(NOW)
    expect(clock.observe(makeVersion(NOW + 14 * HOUR, 0, 1))).toBe(true)
    expect(clock.observe(makeVersion(NOW + 365 * 24 * HOUR, 0, 1))).toBe(false)
    expect(clock.observe(makeVersion(2 ** 48 - 1, 0xffff, 1))).toBe(false)
  })

  it('trusts nobody while its own wall clock is broken', () => {
    const { clock } = clockAt(Number.NaN)
    expect(clock.observe(makeVersion(1, 0, 1))).toBe(false)
  })

  it('says so when time has run out', () => {
    const { clock } = clockAt(NOW, Infinity)
    expect(clock.observe(makeVersion(2 ** 48 - 1, 0xffff, 1))).toBe(true)
    expect(() => clock.next()).toThrow(CacheConfigError)
  })

  it.each([-1, 2 ** 32, 1.5, Number.NaN])('refuses the writer %s', (writer) => {
    expect(() => new VersionClock({ wallNow: () => NOW, writer })).toThrow(CacheConfigError)
  })

  it.each([-1, Number.NaN])('refuses the drift %s', (maxDrift) => {
    expect(() => new VersionClock({ wallNow: () => NOW, writer: 1, maxDrift })).toThrow(/maxDrift/)
  })
})
