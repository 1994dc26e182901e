/**
 * The near entries of one namespace, and the fence before them: what is read while its key changes is not kept. News of a
 * change may come before the answer that it makes wrong or after it; either way nothing wrong stays. Knows no nodes and no time.
 */
import type { TTLCache } from '@mtaio/core'
import { compareVersions, type Version } from '../record/version.js'
import type { Fill, NearEntry } from './near-entry.js'

/** How long an entry is kept, and for how long beyond that for want of anything better, ms. */
export interface NearLife {
  readonly ms: number
  readonly graceMs: number
}

export class NearSpace<T> {
  /** Counted for the statistics. */
  readonly counts = { hits: 0, misses: 0, fills: 0, fenced: 0, dropped: 0, outageHits: 0 }
  private readonly fills = new Map<string, Fill>()
  /** Goes up when all that is being read may be overtaken. */
  private epoch = 0
  private lastRegisters: readonly Version[] = []

  constructor(private readonly entries: TTLCache<NearEntry<T>>['sync']) {}

  /** An entry that is used. */
  use(key: string, now: number): NearEntry<T> | undefined {
    const { engine, space } = this.entries
    const slot = engine.store.find(space, key, now)
    if (slot < 0) return undefined
    engine.store.hit(slot)
    return engine.store.slots.valueOf(slot)
  }

  /** The same, and counts as no use. */
  peek(key: string, now: number): NearEntry<T> | undefined {
    const { engine, space } = this.entries
    const slot = engine.store.peek(space, key, now)
    return slot < 0 ? undefined : engine.store.slots.valueOf(slot)
  }

  /** An entry, also beyond the time for which it is kept in good times. */
  kept(key: string): NearEntry<T> | undefined {
    return this.entries.peek(key) ?? this.entries.stale(key)?.value
  }

  /** Seconds that an entry has left to be kept; 0 when there is none. */
  lifeLeft(key: string): number {
    return this.entries.lifeLeft(key) / 1000
  }

  /** A read begins. To be ended by {@link end} or {@link leave}. */
  begin(key: string, stamp: number): Fill {
    const present = this.fills.get(key)
    if (present !== undefined && present.stamp === stamp && present.epoch === this.epoch) {
      present.readers++
      return present
    }
    const fill: Fill = { key, stamp, epoch: this.epoch, isOvertaken: false, readers: 1 }
    this.fills.set(key, fill)
    return fill
  }

  /** What was read is kept, unless it was overtaken or something newer is there. */
  end(fill: Fill, entry: NearEntry<T>, { ms, graceMs }: NearLife, tags: readonly string[]): void {
    this.leave(fill)
    if (fill.isOvertaken || fill.epoch !== this.epoch) {
      this.counts.fenced++
      return
    }
    const { key } = fill
    const present = this.entries.peek(key)
    // Of two reads that overlap the later one may be answered first.
    if (present !== undefined && compareVersions(present.result.version, entry.result.version) > 0) return
    this.entries.store(key, entry, ms, tags, undefined, graceMs)
    this.entries.engine.callbacks.drain()
    this.counts.fills++
  }

  /** What was read is not to be kept. */
  leave(fill: Fill): void {
    if (--fill.readers === 0 && this.fills.get(fill.key) === fill) this.fills.delete(fill.key)
  }

  drop(key: string): void {
    if (this.entries.remove(key)) this.counts.dropped++
    this.entries.engine.callbacks.drain()
  }

  keyChanged(key: string): void {
    const fill = this.fills.get(key)
    if (fill !== undefined) {
      fill.isOvertaken = true
      this.fills.delete(key)
    }
    this.drop(key)
  }

  /** What is being read may carry the tag, which is known only when it is here. */
  tagChanged(register: string): void {
    this.epoch++
    const before = this.size
    this.entries.deleteByTag(register)
    this.counts.dropped += before - this.size
  }

  /** Without the fences of the namespaces below it. */
  clear(): void {
    this.overtakeAll()
    this.counts.dropped += this.size
    this.entries.clear()
  }

  /** What is being read is not kept. */
  overtakeAll(): void {
    this.epoch++
  }

  /** The versions of registers, which most entries have in common: one copy for all that do. */
  shared(registers: readonly Version[]): readonly Version[] {
    const { lastRegisters: last } = this
    const isSame =
      last.length === registers.length && registers.every((each, i) => compareVersions(each, last[i]!) === 0)
    if (!isSame) this.lastRegisters = registers.map((each) => each.slice())
    return this.lastRegisters
  }

  resetCounts(): void {
    Object.assign(this.counts, { hits: 0, misses: 0, fills: 0, fenced: 0, dropped: 0, outageHits: 0 })
  }

  get size(): number {
    return this.entries.getStats().items
  }
}
