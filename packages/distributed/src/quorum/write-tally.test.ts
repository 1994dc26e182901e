import { CacheConfigError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareVersions, makeVersion, type Version } from '../record/version.js'
import type { Verdict } from './verdict.js'
import { WriteTally } from './write-tally.js'

type Answer = { kind: 'stored' } | { kind: 'overtaken'; version: Version } | { kind: 'failed'; error: Error }

const answer: fc.Arbitrary<Answer> = fc.oneof(
  fc.constant<Answer>({ kind: 'stored' }),
  fc.integer({ min: 1, max: 3 }).map((time): Answer => ({ kind: 'overtaken', version: makeVersion(time, 0, time) })),
  fc.integer().map((code): Answer => ({ kind: 'failed', error: new Error(String(code)) })),
)

function feed(tally: WriteTally, node: string, answer: Answer): Verdict {
  if (answer.kind === 'stored') return tally.stored(node)
  if (answer.kind === 'overtaken') return tally.overtaken(node, answer.version)
  return tally.failed(node, answer.error)
}

/** All that can still be answered, tried out: the verdict is what all, or none, of the continuations come to. */
function byTrial(answers: readonly Answer[], replicas: number, required: number): Verdict {
  const stored = answers.filter((answer) => answer.kind === 'stored').length
  if (stored >= required) return 'reached'
  const open = replicas - answers.length
  for (let outcome = 0; outcome < 2 ** open; outcome++) {
    let more = 0
    for (let replica = 0; replica < open; replica++) more += (outcome >> replica) & 1
    if (stored + more >= required) return 'pending'
  }
  return 'unreachable'
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]))
}

describe('WriteTally', () => {
  it('agrees at every step with trying out all that can still be answered, in every order', () => {
    fc.assert(
      fc.property(
        fc.array(answer, { maxLength: 4 }),
        fc.nat(2),
        fc.integer({ min: 1, max: 5 }),
        (all, silent, required) => {
          const replicas = all.length + silent
          const named = all.map((answer, i) => ({ node: `n${i}`, answer }))
          for (const order of permutations(named)) {
            const tally = new WriteTally({ replicas, required })
            expect(tally.verdict).toBe(byTrial([], replicas, required))
            order.forEach(({ node, answer }, i) => {
              const seen = order.slice(0, i + 1).map((one) => one.answer)
              expect(feed(tally, node, answer)).toBe(byTrial(seen, replicas, required))
              expect(tally.verdict).toBe(byTrial(seen, replicas, required))
            })
            expect(tally.acknowledged).toBe(all.filter((one) => one.kind === 'stored').length)
            const versions = all.flatMap((one) => (one.kind === 'overtaken' ? [one.version] : []))
            expect(tally.newestInTheWay).toEqual(versions.sort(compareVersions).at(-1))
            expect(new Map(tally.causes)).toEqual(
              new Map(named.flatMap(({ node, answer }) => (answer.kind === 'failed' ? [[node, answer.error]] : []))),
            )
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
        const [once, repeated] = [new WriteTally({ replicas: 3, required }), new WriteTally({ replicas: 3, required })]
        const seen = new Set<string>()
        let last: Verdict = once.verdict
        for (const [node, answer] of answers) {
          if (!seen.has(node)) feed(once, node, answer)
          seen.add(node)
          const verdict = feed(repeated, node, answer)
          if (last !== 'pending') expect(verdict).toBe(last)
          last = verdict
          expect(repeated.verdict).toBe(once.verdict)
          expect(repeated.acknowledged).toBe(once.acknowledged)
          expect(repeated.newestInTheWay).toEqual(once.newestInTheWay)
          expect(repeated.causes).toEqual(once.causes)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('fails early: one refusal is enough when all have to hold the write', () => {
    const tally = new WriteTally({ replicas: 3, required: 3 })
    expect(tally.stored('a')).toBe('pending')
    expect(tally.overtaken('b', makeVersion(5, 0, 1))).toBe('unreachable')
    expect(tally.stored('c')).toBe('unreachable')
    expect(tally.acknowledged).toBe(2)
  })

  it('keeps counting after the quorum is reached', () => {
    const tally = new WriteTally({ replicas: 3, required: 1 })
    expect([tally.stored('a'), tally.failed('b', new Error('down')), tally.stored('c')]).toEqual(
      Array(3).fill('reached'),
    )
    expect(tally.acknowledged).toBe(2)
    expect([...tally.causes.keys()]).toEqual(['b'])
  })

  it('cannot be reached by fewer replicas than it requires', () => {
    expect(new WriteTally({ replicas: 0, required: 1 }).verdict).toBe('unreachable')
  })

  it('refuses an answer from more nodes than were to answer', () => {
    const tally = new WriteTally({ replicas: 1, required: 1 })
    tally.stored('a')
    expect(tally.stored('a')).toBe('reached')
    expect(() => tally.stored('b')).toThrow(CacheConfigError)
  })

  it.each([
    [{ replicas: 1, required: 0 }],
    [{ replicas: 1, required: 1.5 }],
    [{ replicas: -1, required: 1 }],
    [{ replicas: Number.NaN, required: 1 }],
  ])('refuses %o', (options) => {
    expect(() => new WriteTally(options)).toThrow(CacheConfigError)
  })
})
