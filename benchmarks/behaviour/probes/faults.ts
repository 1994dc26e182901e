/** Stores that fail, second layers, and timers that outlive the work. */
import type { Subject } from '../library.js'
import { inUnit, type Outcome, outcomeOf, type Probe, put, threw } from '../probe.js'

const FIRST = 'stored'

function told(outcome: Outcome): string {
  if (threw(outcome)) return 'throws'
  if (outcome.value === undefined) return 'undefined'
  return outcome.value === false ? 'false' : 'no error'
}

/** Reads and writes through a store that is down. */
async function storeFails(
  call: (subject: Subject) => (() => unknown) | undefined,
  library: Parameters<Probe['run']>[0],
) {
  const broken = await library.failing?.()
  if (!broken) return undefined
  await put(broken.cache, 'k', FIRST)
  await broken.fail()
  const asked = call(broken.cache)
  return asked && told(await outcomeOf(asked))
}

export const probes: Probe[] = [
  {
    id: 'store-fails-get',
    title: 'get while the store is down',
    run: (library) => storeFails((cache) => cache.get && (() => cache.get!('k')), library),
  },
  {
    id: 'store-fails-set',
    title: 'set while the store is down',
    run: (library) => storeFails((cache) => cache.set && (() => cache.set!('k', 'v')), library),
  },
  {
    id: 'store-fails-load',
    title: 'loading while the store is down',
    async run(library) {
      const broken = await library.failing?.()
      if (!broken?.cache.getOrSet) return undefined
      await broken.fail()
      const outcome = await outcomeOf(() => broken.cache.getOrSet!('k', () => 'loaded'))
      return threw(outcome) ? 'throws' : outcome.value === 'loaded' ? 'value loaded' : String(outcome.value)
    },
  },
  {
    id: 'second-layer',
    title: 'nonBlocking: a value that only the second layer has',
    async run(library) {
      const layered = await library.layered?.()
      if (!layered) return undefined
      await layered.fillSecond('k', 'v')
      return (await layered.cache.get!('k')) === 'v' ? 'found' : 'missed'
    },
  },
  {
    id: 'second-layer-fails',
    title: 'nonBlocking: the second layer rejects',
    async run(library) {
      const cache = await library.layeredFailing?.()
      if (!cache) return undefined
      const outcomes = [await outcomeOf(() => cache.set!('k', 'v')), await outcomeOf(() => cache.get!('absent'))]
      return outcomes.some(threw) ? 'throws' : 'no error'
    },
  },
  {
    id: 'process-ends',
    title: 'an hour-long entry: does the process end?',
    exits: true,
    async run(library) {
      if (!library.open) return undefined
      const subject = await library.open({ ...(library.ttl && { ttl: inUnit(library, 3_600_000) }) }, undefined)
      await put(subject, 'k', 'v')
      await subject.close?.()
      return 'ends'
    },
  },
]
