import { CacheConfigError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newest } from '../record/reconcile.js'
import { compareVersions, makeVersion } from '../record/version.js'
import { tombstoneOf, type WireRecord } from '../record/wire-record.js'
import { ReadTally } from './read-tally.js'
import type { Verdict } from './verdict.js'

type Answer = { kind: 'record'; record: WireRecord | undefined } | { kind: 'failed'; error: Error }

const recordOf = (time: number, expiresAt = 0): WireRecord => ({
  ...tombstoneOf(makeVersion(time, 0, 1), expiresAt),
  tombstone: false,
  payload: Uint8Array.of(time),
})
const record = fc.oneof(
  fc.constant(undefined),
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(0, 1000, 2000)).map((parts) => recordOf(...parts)),
  fc.constant(tombstoneOf(makeVersion(2, 0, 1), 0)),
)
const answer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 3, arbitrary: record.map((record): Answer => ({ kind: 'record', record })) },
  { weight: 1, arbitrary: fc.integer().map((code): Answer => ({ kind: 'failed', error: new Error(String(code)) })) },
)

function feed(tally: ReadTally, node: string, answer: Answer): Verdict {
  return answer.kind === 'record' ? tally.answered(node, answer.record) : tally.failed(node, answer.error)
}

/** All that can still be answered, tried out. */
function byTrial(answers: readonly Answer[], replicas: number, required: number): Verdict {
  const counted = answers.filter((one) => one.kind === 'record').length
  if (counted >= required) return 'reached'
  for (let more = 0; more <= replicas - answers.length; more++) {
    if (counted + more >= required) return 'pending'
  }
  return 'unreachable'
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]))
}

describe('ReadTally', () => {
  it('agrees at every step with a model that keeps all answers, in every order', () => {
    fc.assert(
      fc.property(
        fc.array(answer, { maxLength: 4 }),
        fc.nat(2),
        fc.integer({ min: 1, max: 5 }),
        (all, silent, required) => {
          const replicas = all.length + silent
          const named = all.map((answer, i) => ({ node: `n${i}`, answer }))
          for (const order of permutations(named)) {
            const tally = new ReadTally({ replicas, required })
            expect(tally.verdict).toBe(byTrial([], replicas, required))
            order.forEach(({ node, answer }, i) => {
              const seen = order.slice(0, i + 1)
              const verdict = byTrial(
                seen.map((one) => one.answer),
                replicas,
                required,
              )
              expect(feed(tally, node, answer)).toBe(verdict)
              expect(tally.verdict).toBe(verdict)

              const shown = seen.flatMap(({ node, answer }) =>
                answer.kind === 'record' ? [{ node, record: answer.record }] : [],
              )
              const winner = shown.map((one) => one.record).reduce((a, b) => newest(a, b), undefined)
              expect(tally.newest).toEqual(winner)
              expect(tally.acknowledged).toBe(shown.length)
              expect(tally.missed).toBe(verdict === 'reached' && shown.some((one) => one.record === undefined))
              const behind = shown.filter(
                ({ record }) => winner && (!record || compareVersions(record.version, winner.version) !== 0),
              )
              expect(tally.stale).toEqual(behind.map((one) => one.node))
              expect([...tally.causes.keys()]).toEqual(
                seen.flatMap(({ node, answer }) => (answer.kind === 'failed' ? [node] : [])),
              )
            })
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  it('never takes a verdict back, and counts the first answer of a node only', () => {
    const node = fc.constantFrom('a', 'b', 'c')
    fc.assert(
      fc.property(fc.array(fc.tuple(node, answer)), fc.integer({ min: 1, max: 4 }), (answers, required) => {
        const [once, repeated] = [new ReadTally({ replicas: 3, required }), new ReadTally({ replicas: 3, required })]
        const seen = new Set<string>()
        let last: Verdict = once.verdict
        for (const [node, answer] of answers) {
          if (!seen.has(node)) feed(once, node, answer)
          seen.add(node)
          const verdict = feed(repeated, node, answer)
          if (last !== 'pending') expect(verdict).toBe(last)
          last = verdict
          expect(repeated.verdict).toBe(once.verdict)
          expect(repeated.newest).toEqual(once.newest)
          expect(repeated.stale).toEqual(once.stale)
          expect(repeated.missed).toBe(once.missed)
          expect(repeated.causes).toEqual(once.causes)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('learns from answers that come after the verdict', () => {
    const tally = new ReadTally({ replicas: 3, required: 1 })
    expect(tally.answered('a', recordOf(1))).toBe('reached')
    expect([tally.missed, tally.stale]).toEqual([false, []])
    tally.answered('b', undefined)
    expect([tally.missed, tally.stale]).toEqual([true, ['b']])
    tally.answered('c', recordOf(2))
    expect([tally.newest, tally.stale]).toEqual([recordOf(2), ['a', 'b']])
  })

  it('holds nobody for stale when no replica has a record', () => {
    const tally = new ReadTally({ replicas: 2, required: 2 })
    tally.answered('a', undefined)
    tally.answered('b', undefined)
    expect([tally.verdict, tally.missed, tally.newest, tally.stale]).toEqual(['reached', true, undefined, []])
  })

  it('prefers a tombstone to the older value that it deleted', () => {
    const tally = new ReadTally({ replicas: 2, required: 2 })
    tally.answered('a', tombstoneOf(makeVersion(2, 0, 1), 1000))
    tally.answered('b', recordOf(1))
    expect([tally.newest?.tombstone, tally.stale]).toEqual([true, ['b']])
  })

  it('refuses an answer from more nodes than were to answer, and counts out of range', () => {
    const tally = new ReadTally({ replicas: 1, required: 1 })
    tally.failed('a', new Error('down'))
    expect(() => tally.answered('b', undefined)).toThrow(CacheConfigError)
    expect(() => new ReadTally({ replicas: 1, required: 0 })).toThrow(CacheConfigError)
  })
})
