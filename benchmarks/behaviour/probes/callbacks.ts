/** Callbacks: whether each is told once, and what one that throws breaks. */
import { held, inUnit, outcomeOf, type Probe, put, threw } from '../probe.js'

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f']

export const probes: Probe[] = [
  {
    id: 'eviction-told',
    title: 'callback for entries evicted for room',
    async run(library) {
      const told: [key: string, reason: string | undefined][] = []
      const subject = await library.open?.({ max: 2, onRemoved: (key, reason) => told.push([key, reason]) }, undefined)
      if (!subject?.get || !subject.set) return undefined
      const full = await outcomeOf(async () => {
        for (const key of KEYS) await put(subject, key, key)
      })
      if (threw(full)) return `set throws: full`
      await new Promise((resolve) => setTimeout(resolve, 5))
      const gone: string[] = []
      for (const key of KEYS) if ((await held(subject, key)) === undefined) gone.push(key)
      if (gone.length === 0) return undefined
      if (told.length === 0) return undefined
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
    id: 'expiry-told',
    title: 'callback for an entry that expired and is then read twice',
    fakeTime: true,
    async run(library, time) {
      const told: (string | undefined)[] = []
      const ttl = inUnit(library, 10_000)
      if (!library.open || !library.ttl) return undefined
      const subject = await library.open({ ttl, max: 100, onRemoved: (_key, reason) => told.push(reason) }, time)
      if (!subject.get || !subject.set) return undefined
      await put(subject, 'k', 'v')
      await time.advance(10_002)
      await held(subject, 'k')
      await held(subject, 'k')
      await time.advance(1)
      if (told.length === 0) return 'not told'
      return `${told.length === 1 ? 'once' : `${told.length} times`}: ${told[0] ?? 'no reason'}`
    },
  },
  {
    id: 'throwing-callback',
    title: 'the removal callback throws',
    async run(library) {
      let calls = 0
      const onRemoved = () => {
        calls++
        throw new Error('callback')
      }
      const subject = await library.open?.({ max: 2, onRemoved }, undefined)
      if (!subject?.get || !subject.set) return undefined
      let throws = 0
      const lost: string[] = []
      for (const key of KEYS) {
        if (threw(await outcomeOf(() => put(subject, key, key)))) throws++
        if ((await held(subject, key)) !== key) lost.push(key)
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (calls === 0) return undefined
      return throws === 0 ? 'ok' : `set throws${lost.length > 0 ? ', value not stored' : ', value stored'}`
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
      await new Promise((resolve) => setTimeout(resolve, 5))
      const stored = (await held(subject, 'k')) === 'v'
      return `${threw(outcome) ? 'set throws' : 'ok'}${stored ? '' : ', value not stored'}`
    },
  },
]
