/**
 * Which setting to go by, found out on a sample of the keys: miniatures are asked, scores are kept. What it may cost in the
 * long run is bounded: where many of the keys have to be looked at, as in small caches, it is for less of the time.
 *
 * A miniature of a hundredth of the entries, asked for a hundredth of the keys, hits about as often as the whole cache.
 */
import { Miniatures } from './miniatures.js'
import { Scores } from './scores.js'
import { FIRST_SETTING, SETTINGS } from './setting.js'

/** Entries of a miniature at least, where the cache has as many, and at most. */
const LEAST_ENTRIES = 256
const MOST_ENTRIES = 2048
/** The part of the keys that is looked at in a cache that is large enough. */
const LEAST_RATE = 1 / 64
/** From so much on, all keys are: a few more cost less than what a part of them may mistake. */
const ALL_FROM = 0.5
/** Requests looked at per request, in the long run, and how many more there may be at first. */
const BUDGET = 1 / 32
const AT_FIRST = 200_000
/** Where the budget is spent, so many requests per entry of a miniature are passed over, or looked at, and at least. */
const SPELL = 16
const SHORTEST_SPELL = 2000
/** After a pause, miniatures warm up for so many requests an entry. */
const WARM_UP = 2

export class Trials {
  /** What to go by, as an index of the settings. */
  setting = FIRST_SETTING
  /** Of 2³⁰ hashes, how many are looked at. */
  readonly threshold: number

  private readonly miniatures: Miniatures
  private readonly scores: Scores
  private readonly spell: number
  private looked = 0
  /** Pauses until so many requests were made. */
  private resumeAt = 0
  private warming = 0

  /** @param entries - as many as the cache holds */
  constructor(readonly entries: number) {
    let rate = Math.max(LEAST_RATE, LEAST_ENTRIES / entries)
    if (rate >= ALL_FROM) rate = 1
    rate = Math.min(rate, MOST_ENTRIES / entries)
    const capacity = Math.max(1, Math.round(rate * entries))
    this.threshold = Math.round(rate * 2 ** 30)
    this.miniatures = new Miniatures(SETTINGS, capacity)
    this.scores = new Scores(SETTINGS, capacity)
    this.spell = SPELL * capacity + SHORTEST_SPELL
  }

  samples(hash: number): boolean {
    let mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39)
    return (mixed ^ (mixed >>> 15)) >>> 2 < this.threshold
  }

  /** A sampled key was asked for, when so many requests had been made. True when the setting changed. */
  request(hash: number, requests: number): boolean {
    if (this.resumeAt > 0) {
      if (requests < this.resumeAt) return false
      this.resumeAt = 0
      this.warming = WARM_UP * this.miniatures.capacity
    }
    const known = this.miniatures.request(hash)
    this.looked++
    if (this.warming > 0) {
      this.warming--
      return false
    }
    if (!this.scores.note(known)) return false
    const before = this.setting
    this.setting = this.scores.best(before)
    // What was spent beyond the budget must be earned, and a spell to come.
    const spent = this.looked - AT_FIRST
    if (spent > requests * BUDGET) this.resumeAt = (spent + this.spell) / BUDGET
    return this.setting !== before
  }

  /** A sampled key was deleted. */
  remove(hash: number): void {
    this.miniatures.remove(hash)
  }
}
