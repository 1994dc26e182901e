/** What the clients of one history call, and when: drawn from its seed. */
import type { RecordedClient } from '../history/recorder.js'
import type { Scenario, Verb } from './scenario.js'
import type { SeededRandom } from './seeded-random.js'

/** Two keys that lie apart, or not, and two that lie together, for transactions. */
export const KEYS = ['a', '{t}b', '{t}c'] as const
const TAG = 'tag'

export interface PlannedCall {
  readonly at: number
  /** Whose, by place. */
  readonly client: number
  make(client: RecordedClient, sleep: (ms: number) => Promise<void>): Promise<void>
}

const PREFIXES = ['{t}', '{t}b', 'a'] as const
/** How long one client may load for all, ms: for the longest load, and for clocks that are off by half a second. */
const LEASE = 3000
/** How long loads take, ms. Callers of one client share them, so that any may take the longest. */
const LOADS = [0, 5, 100, 1000] as const

/** Half of what is usually between two calls, ms; and where keys move meanwhile, which takes seconds. */
const PACES = [3, 30, 300]
const SLOW_PACES = [100, 300, 800]
/** So many calls are a history. */
const FEWEST = 6
const MOST = 20

export function drawCalls(
  random: SeededRandom,
  scenario: Scenario,
  clients: number,
): { calls: PlannedCall[]; span: number } {
  const calls: PlannedCall[] = []
  const drawn = random.pick(scenario.spares === undefined ? PACES : SLOW_PACES)
  const pace = scenario.pace ?? drawn
  // With one key, calls are in each other's way all the time.
  const keys = random.chance(0.6) ? KEYS.slice(0, 1) : KEYS
  let at = 0
  for (let left = FEWEST + random.integer(MOST - FEWEST); left > 0; left--) {
    calls.push({ at, client: random.integer(clients), make: drawCall(random, scenario, keys, `v${calls.length}`) })
    at += random.chance(0.05) ? random.between(500, 4000) : random.between(0, 2 * pace)
  }
  return { calls, span: Math.max(at, 1) }
}

function drawCall(
  random: SeededRandom,
  { verbs }: Scenario,
  keys: readonly string[],
  value: string,
): PlannedCall['make'] {
  const key = random.pick(keys)
  const verb = random.weighted(verbs as Record<Verb, number>)
  switch (verb) {
    case 'get':
      return (client) => client.get(key)
    case 'getAfterNews':
      return (client) => client.getAfterNews(key)
    case 'getSetGet':
      return async (client) => {
        await client.get(key)
        await client.set(key, value)
        await client.get(key)
      }
    case 'getMany':
      return (client) => client.getMany(KEYS)
    case 'set': {
      const tags = verbs.deleteByTag !== undefined && random.chance(0.4) ? [TAG] : []
      return (client) => client.set(key, value, tags)
    }
    case 'delete':
      return (client) => client.delete(key)
    case 'clear':
      return (client) => client.clear()
    case 'deleteByTag':
      return (client) => client.deleteByTag(TAG)
    case 'deleteByPrefix': {
      const prefix = random.pick(PREFIXES)
      return (client) => client.deleteByPrefix(prefix)
    }
    case 'touch':
      return (client) => client.touch(key)
    case 'getOrSet':
    case 'getOrSetInOneFlight': {
      const ms = random.pick(LOADS)
      const lease = verb === 'getOrSet' ? undefined : LEASE
      return (client, sleep) => client.getOrSet(key, value, () => sleep(ms), LOADS.at(-1)!, lease)
    }
    case 'commit':
      return (client) => client.commit(new Map([KEYS[1], KEYS[2]].map((each) => [each, value])))
  }
}
