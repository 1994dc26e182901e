/**
 * What a running cache would hit at other sizes and under other policies, from a sample of its keys. Knows no time, and of
 * keys only 32 bits of hash.
 *
 * Intuition. A cache of `rate` times the size over the requests for `rate` of the keys hits about as often as the whole
 * one. So a small cache without values, a ghost, stands for each question.
 *
 * Structure. Keys whose mixed hash is below a threshold are sampled; each request for one is put to all ghosts, and what
 * they missed is counted by ghost and by group of keys. Time goes in turns, counted in requests: one to warm up, then
 * turns that count; where a ghost of a useful size needs more of the requests than may be looked at, each turn that
 * counts is followed by a pause, in which nothing is sampled, and by four to warm up ghosts of other keys. The window is the last five
 * turns that count, 50 times the capacity together, and the one under way; the first to warm up counts until there is a
 * better one.
 *
 * Estimate. Misses per request *expected* in the sample, so that it does not matter whether the sample has more or less
 * than its share of popular keys (SHARDS-adj); where misses go along with requests, by as much as they do, the surplus
 * of requests is taken off: the regression estimator, with the groups as points.
 *
 * Error. From the scatter of the groups about that line; from what the sample's number of keys, and so the size that a
 * ghost stands for, may be off, times how the hit ratio changes with the size; and where there are pauses, from the
 * scatter of the turns; and from an allowance for policies that are not the same in small.
 *
 * References: C. Waldspurger, N. Park, A. Garthwaite, I. Ahmad, "Efficient MRC construction with SHARDS", FAST 2015;
 * C. Waldspurger, T. Saemundsson, I. Ahmad, N. Park, "Cache modeling and optimization using miniature simulations", ATC
 * 2017; W. Cochran, "Sampling techniques", 1977, chapter 7.
 */
import { CacheConfigError } from '@mtaio/exceptions'
import type { EvictionPolicy, PolicyFactory } from '../eviction-policy.js'
import { type Advice, type AdviceRow, summaryOf } from './advice.js'
import { estimate, GROUP_BITS, GROUPS, sum, type Turn } from './estimate.js'
import { GhostCache } from './ghost-cache.js'

const DEFAULT_RATE = 0.001
/** Entries that a ghost of the present size has at least, where the cache has as many, and at most. */
const LEAST_ENTRIES = 256
const MOST_ENTRIES = 2048
/** The sizes that the present policy is tried at. */
const FACTORS = [0.5, 1, 2]
const NOW = 1
const TURNS = 5
/** How long a turn is, in capacities, and at least. */
const TURN_LENGTH = 10
const SHORTEST_TURN = 4000
/** How many turns it takes to warm up after a pause. */
const WARM_TURNS = 4
/** Lengths and thresholds remain small integers. */
const MOST = 2 ** 30 - 1
/** How wide an error is, in standard deviations: these are estimates from few points, and of skewed sums. */
const WIDTH = 3
/** What policies with queues, sketches or long memories may do otherwise when they are small, per root of the entries. */
const OF_MODEL = 0.2
/** LFU never forgets a resident's fame, so one that began after the last pause may be far from one that did long before. */
const OF_FORGETTING = 0.2
const TRUE_TO_SCALE = new Set(['lru', 'fifo'])

export interface AdvisorOptions {
  /** Entries that the cache holds at most. */
  readonly capacity: number
  /** The policy that it has. */
  readonly policy: EvictionPolicy | PolicyFactory
  /** Others to compare with it; the present one is passed over. */
  readonly policies?: readonly EvictionPolicy[]
  /** The part of all requests that may be looked at in the long run. Default 0.001. */
  readonly rate?: number
  /** Which keys are sampled. Default 0. */
  readonly seed?: number
}

interface Row {
  readonly policy: string
  readonly capacity: number
  readonly ghost: GhostCache
}

export class Advisor {
  /** The part of the keys that is sampled. */
  rate = 1
  /** The part of the time in which keys are sampled. */
  duty = 1

  /** Requests until the phase ends. */
  private left = 0
  /** Of 2³⁰ hashes, how many are sampled. */
  private threshold = 0
  private phase: 'warming' | 'counting' | 'pausing' = 'warming'
  private turnLength = 0
  private rows: readonly Row[] = []
  private turn: Turn = { requests: 0, counts: new Float64Array(0) }
  /** Those that counted and are over. */
  private turns: Turn[] = []
  /** By group, the hash that was read last, until it is written. */
  private readonly lastRead = new Int32Array(GROUPS)
  private seed: number
  private capacity: number

  /** @throws CacheConfigError on a capacity or a rate that is none, or an unknown policy */
  constructor(private readonly options: AdvisorOptions) {
    const { capacity, rate = DEFAULT_RATE, seed = 0 } = options
    if (!(rate > 0 && rate <= 1)) throw new CacheConfigError(`a rate must be above 0 and at most 1, not ${rate}`)
    this.seed = Math.imul(seed + 1, 0x9e3779b1)
    this.capacity = capacity
    this.resize(capacity)
  }

  /** Counts one request; whether it is for a key that is to be {@link read}. */
  wants(hash: number): boolean {
    if (--this.left < 0) this.nextPhase()
    return this.samples(hash)
  }

  /** Whether this key is one to tell of when it is {@link wrote | written} or {@link removed}. Counts nothing. */
  samples(hash: number): boolean {
    let mixed = Math.imul(hash ^ this.seed, 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return mixed >>> 2 < this.threshold
  }

  /** A wanted key was read: one `get`, and in a ghost that misses it one `set`. */
  read(hash: number): void {
    const { rows, lastRead } = this
    const { counts } = this.turn
    const group = groupOf(hash)
    lastRead[group] = hash
    counts[group]!++
    for (let row = 0, at = group + GROUPS; row < rows.length; row++, at += GROUPS) {
      if (!rows[row]!.ghost.request(hash)) counts[at]!++
    }
  }

  /** A sampled key was written. The first time after it was read is for a miss, and was told with it. */
  wrote(hash: number): void {
    const group = groupOf(hash)
    if (this.lastRead[group] === hash) this.lastRead[group] = 0
    else for (const { ghost } of this.rows) ghost.write(hash)
  }

  /** A sampled key was deleted. */
  removed(hash: number): void {
    for (const { ghost } of this.rows) ghost.remove(hash)
  }

  /** The capacity changed: begins anew, having seen nothing. Also what to do when keys are hashed in another way. */
  resize(capacity: number): void {
    if (!(capacity >= 1 && capacity < Number.POSITIVE_INFINITY)) {
      throw new CacheConfigError(`advice is for a capacity that is a finite number from 1 up, not ${capacity}`)
    }
    const { rate: budget = DEFAULT_RATE } = this.options
    this.rate = Math.min(1, Math.max(LEAST_ENTRIES / capacity, Math.min(budget, MOST_ENTRIES / capacity)))
    this.duty = Math.min(1, budget / this.rate)
    this.turnLength = Math.min(MOST, Math.max(SHORTEST_TURN, Math.ceil(TURN_LENGTH * capacity)))
    this.capacity = capacity
    this.turns = []
    this.rows = this.freshRows()
    this.begin('warming', this.turnLength)
  }

  /** For the requests of the window. O(rows). */
  advice(): Advice {
    const turns = this.window()
    const { rate, duty } = this
    const requests = turns.reduce((all, turn) => all + turn.requests, 0)
    const rows = requests === 0 ? this.rows.map(unknown) : this.estimates(turns)
    const now = rows[NOW]!
    let best = now
    for (const row of rows.slice(FACTORS.length)) {
      if (row.hitRatio > best.hitRatio && row.hitRatio - row.error > now.hitRatio) best = row
    }
    return Object.freeze({
      requests,
      sampled: turns.reduce((all, turn) => all + sum(turn.counts), 0),
      rate,
      duty,
      rows: Object.freeze(rows),
      best,
      summary: summaryOf(rows, now, best, requests),
    })
  }

  private estimates(turns: readonly Turn[]): AdviceRow[] {
    const estimates = this.rows.map((_, row) => estimate(turns, row, this))
    return this.rows.map(({ policy, capacity, ghost }, at) => {
      const { hitRatio, deviation } = estimates[at]!
      // Other policies are not tried at other sizes: they change about as the present one does.
      const place = at < FACTORS.length ? at : NOW
      let steepest = 0
      for (const beside of [place - 1, place + 1]) {
        if (beside < 0 || beside >= FACTORS.length) continue
        steepest = Math.max(steepest, Math.abs(estimates[beside]!.hitRatio - estimates[place]!.hitRatio) / Math.LN2)
      }
      const ofSize = steepest * Math.sqrt((1 - this.rate) / ghost.capacity)
      const isExact = (this.rate === 1 && this.duty === 1) || TRUE_TO_SCALE.has(policy)
      const isForgetful = this.duty < 1 && policy === 'lfu'
      const ofModel = isForgetful ? OF_FORGETTING : isExact ? 0 : OF_MODEL / Math.sqrt(ghost.capacity)
      const error = Math.min(1, WIDTH * Math.hypot(deviation, ofSize, ofModel))
      return Object.freeze({ policy, capacity, hitRatio, error })
    })
  }

  private window(): readonly Turn[] {
    const { turn, turns, phase } = this
    if (phase === 'warming') {
      if (turns.length > 0) return turns
    } else if (phase === 'pausing') return turns
    const requests = this.turnLength - Math.max(0, this.left)
    if (requests === 0) return turns
    return [...turns, { requests, counts: turn.counts }]
  }

  private nextPhase(): void {
    const { phase, turns, turnLength } = this
    if (phase === 'counting') {
      this.turn.requests = turnLength
      turns.push(this.turn)
      if (turns.length > TURNS) turns.shift()
    }
    if (phase === 'counting' && this.duty < 1) {
      const looking = (1 + WARM_TURNS) * turnLength
      this.begin('pausing', Math.min(MOST, Math.round(looking * (1 / this.duty - 1))))
    } else if (phase === 'pausing') {
      // What ghosts knew before the pause is not what they would know now; other keys err in another way.
      this.seed = Math.imul(this.seed ^ 0x5bd1e995, 0x9e3779b1)
      this.rows = this.freshRows()
      this.begin('warming', Math.min(MOST, WARM_TURNS * turnLength))
    } else this.begin('counting', turnLength)
    // The request under way is the first of it.
    this.left--
  }

  private freshRows(): Row[] {
    const { capacity } = this
    const { policy, policies = [] } = this.options
    const row = (choice: EvictionPolicy | PolicyFactory, factor: number): Row => ({
      policy: typeof choice === 'string' ? choice : choice.name || 'custom',
      capacity: Math.max(1, Math.round(capacity * factor)),
      ghost: new GhostCache(choice, Math.max(1, Math.round(capacity * factor * this.rate))),
    })
    const others = new Set(policies)
    return [
      ...FACTORS.map((factor) => row(policy, factor)),
      ...[...others].filter((other) => other !== policy).map((other) => row(other, 1)),
    ]
  }

  private begin(phase: Advisor['phase'], length: number): void {
    this.phase = phase
    this.left = length
    this.threshold = phase === 'pausing' ? 0 : Math.round(this.rate * 2 ** 30)
    this.turn = { requests: 0, counts: new Float64Array((this.rows.length + 1) * GROUPS) }
  }
}

function groupOf(hash: number): number {
  return Math.imul(hash, 0x85ebca6b) >>> (32 - GROUP_BITS)
}

function unknown({ policy, capacity }: Row): AdviceRow {
  return Object.freeze({ policy, capacity, hitRatio: 0, error: 1 })
}
