/** What clients do to a cache under attack: every verb, on few keys, each value unique. */
import type { RecordedClient } from '@mtaio/distributed/testing'
import type { HotKeys } from './hot-keys.js'
import type { SeededDice } from './seeded-dice.js'

/** The one tag that values carry. */
const TAG = 'tag'
/** Of a hundred calls or so; a clear is of all keys at once, so there are few. */
const VERBS = Object.entries({
  get: 44,
  getMany: 4,
  set: 28,
  delete: 8,
  getOrSet: 7,
  commit: 4,
  touch: 4,
  deleteByTag: 0.5,
  clear: 0.2,
}) as [Verb, number][]
type Verb = 'get' | 'getMany' | 'set' | 'delete' | 'getOrSet' | 'commit' | 'touch' | 'deleteByTag' | 'clear'
const ALL = VERBS.reduce((sum, [, weight]) => sum + weight, 0)

/** Bytes that follow a value's number: some take a throttled line a while. */
const PADDINGS = [0, 0, 0, 300, 12_000]

export interface Worker {
  readonly client: RecordedClient
  readonly keys: HotKeys
  readonly dice: SeededDice
  /** A number that no other value of the round has. */
  readonly unique: () => number
}

/** Calls one after the other, until it is told to end. Never rejects. */
export async function work(worker: Worker, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await makeCall(worker)
    await sleep(worker.dice.between(0, 25))
  }
}

function makeCall({ client, keys, dice, unique }: Worker): Promise<void> {
  const key = dice.pick(keys.current)
  const value = `${unique()}${'.'.repeat(dice.pick(PADDINGS))}`
  switch (drawVerb(dice)) {
    case 'get':
      return client.get(key)
    case 'getMany':
      return client.getMany(keys.current)
    case 'set':
      return client.set(key, value, dice.chance(0.3) ? [TAG] : [])
    case 'delete':
      return client.delete(key)
    case 'getOrSet': {
      const ms = dice.pick([0, 5, 100])
      return client.getOrSet(key, value, () => sleep(ms), ms)
    }
    case 'commit':
      return client.commit(new Map(keys.pair.map((each) => [each, value])))
    case 'touch':
      return client.touch(key)
    case 'deleteByTag':
      return client.deleteByTag(TAG)
    case 'clear':
      return client.clear()
  }
}

function drawVerb(dice: SeededDice): Verb {
  let left = dice.next() * ALL
  for (const [verb, weight] of VERBS) {
    left -= weight
    if (left < 0) return verb
  }
  return 'get'
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
