/** Loaders: what concurrent callers get, and what is cached in the end. */
import type { Library, Subject } from '../library.js'
import { held, outcomeOf, type Probe, sleep, slowLoad, threw } from '../probe.js'

/** A load is in flight while the key is changed; what is cached when it is over? */
async function fill(
  library: Library,
  change: ((subject: Subject) => unknown) | undefined,
  subject: Subject,
): Promise<string | undefined> {
  if (!library.open || !subject.getOrSet || !change) return undefined
  const { load, finish, began } = slowLoad()
  const loading = outcomeOf(() => subject.getOrSet!('k', load))
  await began
  const changing = outcomeOf(() => change(subject))
  await Promise.race([changing, sleep(300)])
  finish('stale')
  const outcome = await loading
  await changing
  await sleep(5)
  const now = await held(subject, 'k')
  const cached = now === 'stale' ? 'stale' : now === 'fresh' ? 'fresh' : now === undefined ? 'not cached' : String(now)
  return threw(outcome) ? `${cached}; caller rejected` : cached
}

const opened = async (library: Library): Promise<Subject> => (await library.open?.({}, undefined)) ?? {}

/** Ten callers at once of one key. */
async function ten(
  subject: Subject,
  load: () => Promise<unknown>,
): Promise<{ loads: number; most: number; answers: unknown[] }> {
  let loads = 0
  let running = 0
  let most = 0
  const counted = async () => {
    loads++
    running++
    most = Math.max(most, running)
    try {
      return await load()
    } finally {
      running--
    }
  }
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => outcomeOf(() => subject.getOrSet!('k', counted))))
  return { loads, most, answers: outcomes.map((outcome) => (threw(outcome) ? outcome.error : outcome.value)) }
}

const loadsOf = (loads: number, most: number): string =>
  loads === 1 ? '1 load' : `${loads} loads${most === 1 ? ', one after another' : ''}`

export const probes: Probe[] = [
  {
    id: 'fill-after-delete',
    title: 'deleted while its load is in flight',
    run: async (library) => {
      const subject = await opened(library)
      return fill(library, subject.delete && ((cache) => cache.delete!('k')), subject)
    },
  },
  {
    id: 'fill-after-set',
    title: 'set while its load is in flight',
    run: async (library) => {
      const subject = await opened(library)
      return fill(library, subject.set && ((cache) => cache.set!('k', 'fresh')), subject)
    },
  },
  {
    id: 'fill-after-clear',
    title: 'cleared while its load is in flight',
    run: async (library) => {
      const subject = await opened(library)
      return fill(library, subject.clear && ((cache) => cache.clear!()), subject)
    },
  },
  {
    id: 'load-after-delete',
    title: 'who asks after the delete, the old load in flight',
    async run(library) {
      const subject = await opened(library)
      if (!subject.getOrSet || !subject.delete) return undefined
      const { load, finish, began } = slowLoad()
      const first = outcomeOf(() => subject.getOrSet!('k', load))
      await began
      await Promise.race([outcomeOf(() => subject.delete!('k')), sleep(300)])
      const second = outcomeOf(() => subject.getOrSet!('k', async () => 'fresh'))
      await Promise.race([second, sleep(50)])
      finish('stale')
      const outcome = await second
      await first
      return threw(outcome) ? 'rejected' : String(outcome.value)
    },
  },
  {
    id: 'slow-loader',
    title: 'ten callers, slow load',
    async run(library) {
      const subject = await opened(library)
      if (!subject.getOrSet) return undefined
      const { loads, most, answers } = await ten(subject, () => sleep(20, 'v'))
      return `${loadsOf(loads, most)}${answers.every((answer) => answer === 'v') ? '' : '; not all answered'}`
    },
  },
  {
    id: 'failing-loader',
    title: 'ten callers, failing load',
    async run(library) {
      const subject = await opened(library)
      if (!subject.getOrSet) return undefined
      const { loads, most, answers } = await ten(subject, async () => {
        await sleep(20)
        throw new Error('down')
      })
      const swallowed = answers.some((answer) => !(answer instanceof Error))
      return `${loadsOf(loads, most)}${swallowed ? `; answers ${String(answers.find((answer) => !(answer instanceof Error)))}` : ''}`
    },
  },
  {
    id: 'load-after-failure',
    title: 'the call after a failed load',
    async run(library) {
      const subject = await opened(library)
      if (!subject.getOrSet) return undefined
      await outcomeOf(() =>
        subject.getOrSet!('k', async () => {
          throw new Error('down')
        }),
      )
      const outcome = await outcomeOf(() => subject.getOrSet!('k', async () => 'v'))
      return !threw(outcome) && outcome.value === 'v' ? 'loads' : threw(outcome) ? 'rejects' : String(outcome.value)
    },
  },
  {
    id: 'load-undefined',
    title: 'loader answers undefined',
    async run(library) {
      const subject = await opened(library)
      if (!subject.getOrSet) return undefined
      let loads = 0
      const load = async () => void loads++
      const outcome = await outcomeOf(() => subject.getOrSet!('k', load))
      if (threw(outcome)) return 'rejects'
      await outcomeOf(() => subject.getOrSet!('k', load))
      return loads === 1 ? 'cached' : 'not cached'
    },
  },
  {
    id: 'load-more-than-room',
    title: 'three loads at once, room for two',
    async run(library) {
      const subject = (await library.open?.({ max: 2 }, undefined)) ?? {}
      if (!subject.getOrSet) return undefined
      const outcomes = await Promise.all(
        ['a', 'b', 'c'].map((key) => outcomeOf(() => subject.getOrSet!(key, () => sleep(10, key)))),
      )
      const wrong = outcomes.filter((outcome, at) => threw(outcome) || outcome.value !== 'abc'[at]).length
      return wrong === 0 ? 'all answered' : `${wrong} not answered`
    },
  },
  {
    id: 'shared-by-callers',
    title: 'an object that two callers waited for, changed by one',
    async run(library) {
      const subject = await opened(library)
      if (!subject.getOrSet) return undefined
      const load = () => sleep(10, { n: 1 })
      const [one, other] = (await Promise.all([subject.getOrSet('k', load), subject.getOrSet('k', load)])) as {
        n: number
      }[]
      one!.n = 2
      const later = ((await held(subject, 'k')) as { n: number } | undefined)?.n
      const seen = [other!.n === 2 && 'the other', later === 2 && 'the cache'].filter(Boolean)
      return seen.length === 0 ? 'nobody sees' : `seen by ${seen.join(', ')}`
    },
  },
]
