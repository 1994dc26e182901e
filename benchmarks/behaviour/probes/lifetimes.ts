/** Lifetimes: what a number means, when exactly it is over, and who still sees what is over. */
import type { FakeTime } from '../fake-time.js'
import type { Library } from '../library.js'
import { held, inUnit, openWithTtl, outcomeOf, type Probe, put, threw } from '../probe.js'

const DAY = 86_400_000

/** What comes of a TTL, where the default is a minute if a set can say otherwise. */
async function lifetime(library: Library, ttl: number, time: FakeTime): Promise<string | undefined> {
  if (!library.open || !library.ttl) return undefined
  const outcome = await outcomeOf(() => openWithTtl(library, ttl, time))
  if (threw(outcome)) return 'throws'
  const subject = outcome.value as Awaited<ReturnType<typeof openWithTtl>>
  const isHeld = async () => (await held(subject, 'k')) !== undefined
  if (!(await isHeld())) return 'miss at once'
  await time.advance(2)
  if (!(await isHeld())) return 'expires'
  await time.advance(2000)
  if (!(await isHeld())) return 'expires after seconds'
  await time.advance(60_000)
  if (!(await isHeld())) return 'default TTL'
  await time.advance(23 * DAY)
  if (!(await isHeld())) return 'expires within 24 days'
  await time.advance(3 * DAY)
  return (await isHeld()) ? 'for ever' : 'expires after 24.8 days'
}

const edge = (id: string, title: string, ttl: (library: Library) => number): Probe => ({
  id,
  title,
  fakeTime: true,
  run: (library, time) => lifetime(library, ttl(library), time),
})

export const probes: Probe[] = [
  {
    id: 'ttl-unit',
    title: 'a TTL of 2 is',
    fakeTime: true,
    async run(library, time) {
      if (!library.open || !library.ttl) return undefined
      const subject = await openWithTtl(library, 2, time)
      await time.advance(10)
      if ((await held(subject, 'k')) === undefined) return 'ms'
      await time.advance(2000)
      return (await held(subject, 'k')) === undefined ? 'seconds' : 'neither'
    },
  },
  edge('ttl-zero', 'TTL 0', () => 0),
  edge('ttl-negative', 'TTL −1', () => -1),
  edge('ttl-nan', 'TTL NaN', () => Number.NaN),
  edge('ttl-infinity', 'TTL Infinity', () => Number.POSITIVE_INFINITY),
  edge('ttl-fractional', 'TTL 0.5 ms', (library) => inUnit(library, 0.5)),
  edge('ttl-overflow', 'TTL 2³¹ ms, which overflows setTimeout', (library) => inUnit(library, 2 ** 31)),
  {
    id: 'deadline',
    title: 'read 1 ms before, at and 1 ms after the deadline',
    fakeTime: true,
    async run(library, time) {
      if (!library.open || !library.ttl) return undefined
      const subject = await openWithTtl(library, inUnit(library, 10_000), time)
      await time.advance(9999)
      const answers: string[] = []
      for (let step = 0; step < 3; step++) {
        answers.push((await held(subject, 'k')) === undefined ? 'miss' : 'hit')
        await time.advance(1)
      }
      return answers.join(', ')
    },
  },
  {
    id: 'deadline-after-set',
    title: 'set again: is the life a new one?',
    fakeTime: true,
    async run(library, time) {
      if (!library.open || !library.ttl) return undefined
      const subject = await library.open({ ttl: inUnit(library, 10_000) }, time)
      if (!subject.set) return undefined
      await put(subject, 'k', 'v')
      await time.advance(6000)
      await put(subject, 'k', 'w')
      await time.advance(6000)
      return (await held(subject, 'k')) === 'w' ? 'new life' : 'old deadline'
    },
  },
  {
    id: 'expired-visible',
    title: 'an expired entry, unread, is still told of by',
    fakeTime: true,
    async run(library, time) {
      if (!library.open || !library.ttl) return undefined
      const told: string[] = []
      let asked = 0
      for (const call of ['has', 'size', 'keys'] as const) {
        const subject = await openWithTtl(library, inUnit(library, 10_000), time)
        if (!subject[call]) continue
        asked++
        await time.advance(10_002)
        if (call === 'has' && (await subject.has!('k'))) told.push('has')
        if (call === 'size' && (await subject.size!()) > 0) told.push('size')
        if (call === 'keys') for await (const _ of await subject.keys!()) told.push('keys')
      }
      return asked === 0 ? undefined : told.length === 0 ? 'none' : told.join(', ')
    },
  },
]
