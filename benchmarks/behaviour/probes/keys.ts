/** Keys: which arguments share one, and names that objects have by birth. */
import type { Memoized } from '../library.js'
import { outcomeOf, type Probe, put, threw } from '../probe.js'

/** Whether two lists of arguments are one call to a memoizer. */
function pair(id: string, title: string, one: () => unknown[], other: () => unknown[]): Probe {
  return {
    id,
    title: `memoized: ${title}`,
    async run(library) {
      if (!library.memoize || (library.oneArgument && (one().length !== 1 || other().length !== 1))) return undefined
      let calls = 0
      const memoized = await library.memoize(() => ++calls)
      const outcome = await outcomeOf(async () => [await memoized(...one()), await memoized(...other())])
      if (threw(outcome)) return 'throws'
      const [a, b] = outcome.value as number[]
      return a === b ? 'one key' : 'two keys'
    },
  }
}

const CALLS = 200_000

export const probes: Probe[] = [
  pair(
    'memo-type',
    "1 and '1'",
    () => [1],
    () => ['1'],
  ),
  pair(
    'memo-order',
    '{a:1,b:2} and {b:2,a:1}',
    () => [{ a: 1, b: 2 }],
    () => [{ b: 2, a: 1 }],
  ),
  pair(
    'memo-nested',
    'equal nested objects',
    () => [{ a: { b: [1] } }],
    () => [{ a: { b: [1] } }],
  ),
  pair(
    'memo-second',
    '(1, 2) and (1, 3)',
    () => [1, 2],
    () => [1, 3],
  ),
  pair(
    'memo-missing',
    '(undefined) and ()',
    () => [undefined],
    () => [],
  ),
  pair(
    'memo-nan',
    'NaN and null',
    () => [Number.NaN],
    () => [null],
  ),
  pair(
    'memo-undefined-property',
    '{a:undefined} and {}',
    () => [{ a: undefined }],
    () => [{}],
  ),
  pair(
    'memo-date',
    'a Date and its ISO string',
    () => [new Date(0)],
    () => [new Date(0).toISOString()],
  ),
  pair(
    'memo-map',
    'two different Maps',
    () => [new Map([[1, 1]])],
    () => [new Map([[2, 2]])],
  ),
  pair(
    'memo-set',
    'two different Sets',
    () => [new Set([1])],
    () => [new Set([2])],
  ),
  pair(
    'memo-bigint',
    '1n and 2n',
    () => [1n],
    () => [2n],
  ),
  pair(
    'memo-separator',
    "('a:b','c') and ('a','b:c')",
    () => ['a:b', 'c'],
    () => ['a', 'b:c'],
  ),
  {
    id: 'memo-two-functions',
    title: 'memoized: two anonymous functions in one cache',
    async run(library) {
      const outcome = await outcomeOf(() =>
        library.memoizeBoth?.(
          () => 'one',
          () => 'other',
        ),
      )
      if (threw(outcome)) return 'throws'
      if (outcome.value === undefined) return undefined
      const [one, other] = outcome.value as [Memoized, Memoized]
      await one(1)
      return (await other(1)) === 'other' ? 'two keys' : "the other's result"
    },
  },
  {
    id: 'memo-hash',
    title: `memoized: ${CALLS.toLocaleString('en')} ids, each its own?`,
    async run(library) {
      const memoized = await library.memoize?.((id) => id)
      if (!memoized) return undefined
      let state = 0x9e3779b9
      const next = () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        return (Math.imul(state ^ (state >>> 15), 0x85ebca6b) >>> 0).toString(16).padStart(8, '0')
      }
      let wrong = 0
      for (let at = 0; at < CALLS; at++) {
        const id = next() + next()
        if ((await memoized(id)) !== id) wrong++
      }
      return wrong === 0 ? 'ok' : `${wrong} given another's result`
    },
  },
  {
    id: 'inherited-names',
    title: '`__proto__`, `constructor`, … as keys',
    async run(library) {
      const subject = await library.open?.({}, undefined)
      if (!subject?.get || !subject.set) return undefined
      const faults: string[] = []
      for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
        const outcome = await outcomeOf(async () => {
          if (((await subject.get!(key)) ?? undefined) !== undefined) return 'found before set'
          await put(subject, key, 'v')
          if ((await subject.get!(key)) !== 'v') return 'lost'
          await subject.delete?.(key)
          return subject.delete && ((await subject.get!(key)) ?? undefined) !== undefined ? 'not deleted' : undefined
        })
        const fault = threw(outcome) ? 'throws' : outcome.value
        if (fault !== undefined) faults.push(`\`${key}\`: ${fault}`)
      }
      return faults.length === 0 ? 'ok' : faults.join('; ')
    },
  },
]
