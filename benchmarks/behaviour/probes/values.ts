/** Values: which come back, and whether readers share them. */
import { held, outcomeOf, type Probe, put, threw } from '../probe.js'

const FALSY: readonly unknown[] = [0, '', false, null, Number.NaN]
const shown = (value: unknown): string => (value === '' ? "''" : String(value))

export const probes: Probe[] = [
  {
    id: 'falsy-values',
    title: "0, '', false, null, NaN are stored",
    async run(library) {
      if (!library.open) return undefined
      const faults = new Map<string, unknown[]>()
      const fault = (what: string, value: unknown) => faults.set(what, [...(faults.get(what) ?? []), value])
      for (const value of FALSY) {
        const subject = await library.open({}, undefined)
        const stored = await outcomeOf(() => put(subject, 'k', value))
        if (threw(stored)) {
          fault('refuses', value)
        } else {
          if (subject.get && !Object.is(await subject.get('k'), value)) fault('loses', value)
          if (subject.has && !(await subject.has('k'))) fault('has() denies', value)
          if (subject.getOrSet) {
            const outcome = await outcomeOf(() => subject.getOrSet!('k', async () => 'reloaded'))
            if (threw(outcome)) fault('rejects', value)
            else if (!Object.is(outcome.value, value)) fault('reloads', value)
          }
        }
        await subject.close?.()
      }
      return faults.size === 0
        ? 'ok'
        : [...faults].map(([what, values]) => `${what} ${values.map(shown).join(' ')}`).join('; ')
    },
  },
  {
    id: 'undefined-value',
    title: 'set(key, undefined)',
    async run(library) {
      const subject = await library.open?.({}, undefined)
      if (!subject?.set) return undefined
      await put(subject, 'k', 'old')
      const outcome = await outcomeOf(() => subject.set!('k', undefined))
      if (threw(outcome)) return 'throws'
      const value = await held(subject, 'k')
      if (value !== undefined) return 'ignored, old value stays'
      return subject.has ? ((await subject.has('k')) ? 'stored' : 'deletes') : 'reads as a miss'
    },
  },
  {
    id: 'mutation-by-reader',
    title: 'a returned object is changed: does the next reader see it?',
    async run(library) {
      const subject = await library.open?.({}, undefined)
      if (!subject) return undefined
      await put(subject, 'k', { n: 1 })
      const first = (await held(subject, 'k')) as { n: number }
      first.n = 2
      return ((await held(subject, 'k')) as { n: number }).n === 2 ? 'seen' : 'not seen'
    },
  },
  {
    id: 'mutation-by-writer',
    title: 'a stored object is changed: does a reader see it?',
    async run(library) {
      const subject = await library.open?.({}, undefined)
      if (!subject) return undefined
      const value = { n: 1 }
      await put(subject, 'k', value)
      value.n = 2
      return ((await held(subject, 'k')) as { n: number }).n === 2 ? 'seen' : 'not seen'
    },
  },
]
