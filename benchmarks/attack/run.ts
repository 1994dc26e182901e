/**
 * `npm run bench:attack`: what keys that were chosen to collide do to a cache. Each kind of key fills a new cache and is then
 * read and written again; times are compared with those of ordinary keys in the same round.
 */
import { TTLCache } from '@mtaio/core'
import { seededRandom, shuffled } from '../measure/random.js'
import { spreadOf } from '../measure/ratios.js'
import { markdownTable } from '../report/markdown-table.js'
import { collidingKeys, heapedKeys, keysThatDifferElsewhere, ordinaryKeys } from './keys.js'

const COUNT = 20_000
const SEEN = 5000
const ROUNDS = 15
const WARM_UPS = 3
const PASSES = 5
/** How many times slower than with ordinary keys is allowed. */
const BOUND = 3
/** Every cache measured has this seed, so that keys can be computed for it once. */
const TRUE_SEED = 0x2545f491
const GUESSED_SEED = 0x1badb002

interface Attack {
  readonly name: string
  readonly keys: readonly string[]
  /** How many ordinary keys the cache has seen before. */
  readonly seen: number
}

/** Nanoseconds an operation. */
interface Times {
  readonly fill: number
  readonly get: number
  readonly set: number
}

interface Inside {
  sync: {
    engine: {
      store: {
        hash: { seed: number; isSampled: boolean; isStrong: boolean; of(key: string): number }
        root: { table: { index: Int32Array } }
      }
    }
  }
}

const ordinary = ordinaryKeys(SEEN)
const order = shuffled(Array(COUNT).keys(), seededRandom(1))

/** A cache with the known seed. */
function newCache(seen: number): { cache: TTLCache<number>; store: Inside['sync']['engine']['store'] } {
  const cache = new TTLCache<number>({ maxSize: 100_000, evictionPolicy: 'lru', defaultTtl: '1h' })
  const { store } = (cache as unknown as Inside).sync.engine
  store.hash.seed = TRUE_SEED
  for (let index = 0; index < seen; index++) cache.sync.set(ordinary[index]!, index)
  return { cache, store }
}

function measure({ keys, seen }: Attack): Times {
  const { cache } = newCache(seen)
  const { sync } = cache
  const timed = (passes: number, call: (key: string) => unknown): number => {
    const began = performance.now()
    for (let pass = 0; pass < passes; pass++) for (const at of order) call(keys[at]!)
    return ((performance.now() - began) * 1e6) / (passes * COUNT)
  }
  const fill = timed(1, (key) => sync.set(key, 1))
  const get = timed(PASSES, (key) => sync.get(key))
  const set = timed(PASSES, (key) => sync.set(key, 2))
  if (cache.getStats().misses > 0) throw new Error('a key was lost')
  return { fill, get, set }
}

/** The hash that the cache ends with, and how far from home its keys lie at most. */
function outcome({ keys, seen }: Attack): [hash: string, farthest: string] {
  const { cache, store } = newCache(seen)
  for (const key of keys) cache.sync.set(key, 1)
  const hash = store.hash.isSampled ? 'learned' : store.hash.isStrong ? 'strong' : 'every character'
  const farthest = store.root.table.index.reduce((most, position) => Math.max(most, (position >>> 26) - 1), 0)
  return [hash, String(farthest)]
}

/** The hash of every character under a seed, from a cache that has learned nothing: an attacker has one, too. */
function hashUnder(seed: number): (key: string) => number {
  const { hash } = newCache(0).store
  hash.seed = seed
  return (key) => hash.of(key)
}

const learned = newCache(SEEN).store.hash
if (!learned.isSampled) throw new Error('the cache has learned nothing')
const attacks: Attack[] = [
  { name: 'ordinary', keys: ordinaryKeys(COUNT, SEEN), seen: SEEN },
  { name: 'colliding without a seed', keys: collidingKeys(hashUnder(0), COUNT), seen: SEEN },
  {
    name: 'colliding under a guessed seed',
    keys: collidingKeys(hashUnder(GUESSED_SEED), COUNT),
    seen: SEEN,
  },
  { name: 'differing where the cache does not look', keys: keysThatDifferElsewhere(COUNT), seen: SEEN },
  {
    name: 'colliding under what it learned and its seed',
    keys: collidingKeys((key) => learned.of(key), COUNT),
    seen: SEEN,
  },
  {
    name: 'colliding under its seed, it knows no others',
    keys: collidingKeys(hashUnder(TRUE_SEED), COUNT),
    seen: 0,
  },
  { name: 'as many of these as it puts up with', keys: heapedKeys((key) => learned.of(key), COUNT), seen: SEEN },
]
process.stderr.write(`keys found in ${(performance.now() / 1000).toFixed(1)} s\n`)

const rounds: Map<Attack, Times>[] = []
for (let round = -WARM_UPS; round < ROUNDS; round++) {
  const times = new Map(shuffled(attacks, seededRandom(round + 100)).map((attack) => [attack, measure(attack)]))
  if (round >= 0) rounds.push(times)
}

const slower = (attack: Attack, verb: keyof Times): number =>
  spreadOf(rounds.map((times) => times.get(attack)![verb] / times.get(attacks[0]!)![verb]))!.median
const rows = attacks.map((attack) => [
  attack.name,
  ...(['fill', 'get', 'set'] as const).map((verb) => `${slower(attack, verb).toFixed(2)}×`),
  ...outcome(attack),
])
const heads = ['keys', 'first set', 'get', 'set again', 'hash in the end', 'farthest from home']
process.stdout.write(`${markdownTable(heads, rows)}\n`)
const ns = spreadOf(rounds.map((times) => times.get(attacks[0]!)!.get))!.median
process.stderr.write(`an ordinary get takes ${ns.toFixed(0)} ns\n`)
for (const verb of ['fill', 'get', 'set'] as const) {
  for (const attack of attacks) {
    if (slower(attack, verb) <= BOUND) continue
    process.stderr.write(`${attack.name}, ${verb}: slower than ${BOUND}×\n`)
    process.exitCode = 1
  }
}
