/** Callbacks: whether each is told once, and what one that throws breaks. */
import type { Library, Subject, Wishes } from '../library.js'
import { held, inUnit, outcomeOf, type Probe, put, sleep, threw } from '../probe.js'

/** Room for two entries that live for an hour. */
const small = async (library: Library, onRemoved: NonNullable<Wishes['onRemoved']>): Promise<Subject> =>
  library.open!({ max: 2, ...(library.ttl && { ttl: inUnit(library, 3_600_000) }), onRemoved }, undefined)

/** More than any library lets in before it makes room. */
const KEYS = [...'abcdefghijkl']

export const probes: Probe[] = [
  {
    id: 'eviction-told',
    title: 'callback for entries evicted for room',
    async run(library) {
      if (!library.removals) return undefined
      const told: [key: string, reason: string | undefined][] = []
      const subject = await small(library, (key, reason) => told.push([key, reason]))
      const full = await outcomeOf(async () => {
        for (const key of KEYS) await put(subject, key, key)
      })
      if (threw(full)) return 'nothing is evicted: set throws'
      await sleep(50)
      const gone: string[] = []
      for (const key of KEYS) if ((await held(subject, key)) === undefined) gone.push(key)
      const times = gone.map((key) => told.filter(([name]) => name === key).length)
      const reasons = [...new Set(told.map(([, reason]) => reason ?? 'no reason'))].join('/')
      const faults = [
        times.some((count) => count === 0) && 'some untold',
        times.some((count) => count > 1) && 'some told twice',
        told.some(([key]) => !gone.includes(key)) && 'told of one that stays',
      ].filter(Boolean)
      return `${faults.length === 0 ? 'once each' : faults.join(', ')}: ${reasons}`
    },
  },
  {
    id: 'eviction-of-immortals',
    title: 'room for two, twelve entries that live for ever',
    async run(library) {
      const subject = await library.open?.({ max: 2 }, undefined)
      if (!subject?.size || !subject.set) return undefined
      const full = await outcomeOf(async () => {
        for (const key of KEYS)
          await put(subject, key, key, library.ttl === 'set' ? Number.POSITIVE_INFINITY : undefined)
      })
      await sleep(50)
      return threw(full) ? 'set throws' : `${await subject.size()} held`
    },
  },
  {
    id: 'expiry-told',
    title: 'callback for an entry that expired and is then read twice',
    fakeTime: true,
    async run(library, time) {
      if (!library.removals) return undefined
      const told: (string | undefined)[] = []
      const ttl = inUnit(library, 10_000)
      const subject = await library.open!({ ttl, max: 100, onRemoved: (_key, reason) => told.push(reason) }, time)
      await put(subject, 'k', 'v')
      await time.advance(10_002)
      await held(subject, 'k')
      await held(subject, 'k')
      // Long enough for a sweep, where there is one.
      await time.advance(600_000)
      if (told.length === 0) return 'not told'
      return `${told.length === 1 ? 'once' : `${told.length} times`}: ${told[0] ?? 'no reason'}`
    },
  },
  {
    id: 'throwing-callback',
    title: 'the removal callback throws',
    async run(library) {
      if (!library.removals) return undefined
      let calls = 0
      const subject = await small(library, () => {
        calls++
        throw new Error('callback')
      })
      let throws = 0
      let lost = 0
      for (const key of KEYS) {
        const before = calls
        if (!threw(await outcomeOf(() => put(subject, key, key)))) continue
        if (calls > before) throws++
        if ((await held(subject, key)) !== key) lost++
      }
      await sleep(50)
      if (calls === 0) return undefined
      return throws === 0 ? 'ok' : `set throws, value ${lost > 0 ? 'not stored' : 'stored'}`
    },
  },
  {
    id: 'throwing-listener',
    title: 'a listener to each set throws',
    async run(library) {
      const subject = await library.listening?.(() => {
        throw new Error('listener')
      })
      if (!subject) return undefined
      const outcome = await outcomeOf(() => subject.set!('k', 'v'))
      await sleep(5)
      const stored = (await held(subject, 'k')) === 'v'
      return `${threw(outcome) ? 'set throws' : 'ok'}${stored ? '' : ', value not stored'}`
    },
  },
]
