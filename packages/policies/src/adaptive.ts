/**
 * ADAPTIVE: one structure that can be run by several rules, and miniatures of itself that tell which of them suits the
 * requests. O(1), amortized; 13 bytes an entry, 12 for those that left, and what the miniatures take: up to 6 bytes an
 * entry of a large cache, 0.1 MB in a small one.
 *
 * Intuition. No one rule is best: who is asked for twice in a while should stay where requests are for what is popular, is
 * no better than others where requests go in circles, and may leave at once where they come in bursts. But rules can be
 * tried out, on a sample of the keys, in small caches without values; and where all rules work on one structure, changing
 * to another loses nothing.
 *
 * Structure. `adaptive/two-queues.ts` is the structure, `setting.ts` the rules, `miniatures.ts` and `scores.ts` the trial,
 * `trials.ts` what it may cost.
 *
 * Weights. Shares are shares of the weight, and a heavy newcomer has to win against all that must leave for it together.
 * Miniatures count entries. See docs/adaptive.md for what was measured and what was tried.
 */
import { SETTINGS } from './adaptive/setting.js'
import { Trials } from './adaptive/trials.js'
import { MAIN, MARK, SMALL, TwoQueues } from './adaptive/two-queues.js'
import type { Policy } from './eviction-policy.js'

const FIRST_CAPACITY = 64

export class Adaptive implements Policy {
  readonly admits = true
  readonly needsHash = true

  private trials: Trials
  private readonly queues: TwoQueues
  private hashes = new Int32Array(FIRST_CAPACITY)
  private capacity = 0
  /** What the shares are shares of: the capacity, or what there is where the capacity counts entries that are weighed. */
  private whole = 0
  private requests = 0

  /** @param capacity - entries, or units of weight; `Infinity` when unbounded */
  constructor(capacity: number) {
    this.capacity = this.whole = finite(capacity)
    this.trials = new Trials(this.capacity)
    this.queues = new TwoQueues(SETTINGS[this.trials.setting]!)
    this.queues.divide(this.whole)
  }

  onInsert(slot: number, hash: number, weight: number): void {
    const { queues } = this
    if (slot >= this.hashes.length) this.grow(slot)
    this.hashes[slot] = hash
    this.requests++
    const isSampled = this.trials.samples(hash)
    queues.add(slot, hash, weight, isSampled ? MARK : 0)
    this.fit()
    if (isSampled) this.ask(hash)
  }

  onHit(slot: number): void {
    this.requests++
    if (this.queues.use(slot) !== 0) this.ask(this.hashes[slot]!)
  }

  onUpdate(slot: number, weight: number): void {
    if (weight !== this.queues.weightOf(slot)) {
      this.queues.reweigh(slot, weight)
      this.fit()
    }
    this.onHit(slot)
  }

  onRemove(slot: number, evicted: boolean): void {
    const hash = this.hashes[slot]!
    if (!evicted && this.queues.isMarked(slot)) this.trials.remove(hash)
    this.queues.remove(slot, hash, evicted)
  }

  victim(): number {
    return this.queues.victim()
  }

  /** After the first: the small queue, then the main one, each from the oldest. */
  *order(): IterableIterator<number> {
    const victim = this.victim()
    if (victim < 0) return
    yield victim
    for (const queue of [SMALL, MAIN]) {
      for (const slot of this.queues.fromTail(queue)) if (slot !== victim) yield slot
    }
  }

  move(from: number, to: number): void {
    if (to >= this.hashes.length) this.grow(to)
    this.queues.replace(from, to)
    this.hashes[to] = this.hashes[from]!
  }

  trim(end: number): void {
    this.queues.trim(end)
    this.hashes = this.hashes.slice(0, end)
  }

  resize(capacity: number): void {
    this.capacity = finite(capacity)
    this.divide(this.capacity)
    this.tryOut(this.capacity)
  }

  private ask(hash: number): void {
    if (this.trials.request(hash, this.requests)) this.divide(this.whole)
  }

  private divide(whole: number): void {
    this.whole = whole
    this.queues.divide(whole, SETTINGS[this.trials.setting]!)
  }

  /** Begins the trials anew, for as many entries; the setting stays until they know better. */
  private tryOut(entries: number): void {
    const { setting } = this.trials
    this.trials = new Trials(Math.max(1, Math.round(entries)))
    this.trials.setting = setting
    // Other keys are sampled now.
    this.queues.markAll((slot) => this.trials.samples(this.hashes[slot]!))
  }

  /** Where entries are weighed, the borders go by what there is, and the miniatures by how many entries fit. */
  private fit(): void {
    const { queues, whole, capacity } = this
    const { total, residents } = queues
    if (total > 2 * whole || (whole > capacity && total < whole / 2)) this.divide(Math.max(capacity, total))
    if (total < this.whole) return
    const { entries } = this.trials
    if (residents < entries / 2 || residents > entries * 2) this.tryOut(residents)
  }

  private grow(slot: number): void {
    const hashes = new Int32Array(Math.max(slot + 1, this.hashes.length * 2))
    hashes.set(this.hashes)
    this.hashes = hashes
  }
}

/** Shares of infinity would not be numbers. */
function finite(capacity: number): number {
  return Math.min(capacity, Number.MAX_SAFE_INTEGER)
}
