/**
 * Least frequently used leaves first; among equals, the least recently used. Exact; O(1); 16 bytes an entry and 20 a
 * distinct frequency.
 *
 * Structure. Buckets, one a frequency in use, linked in order of frequency; each holds its slots as a circular list
 * in order of use, threaded through arrays by slot. A use moves a slot from its bucket to the end of the next one's,
 * which is made if its frequency was not in use; a bucket that grows empty is given back. A slot that is alone in its
 * bucket takes the bucket along instead, when nobody has the next frequency: the common case of a hot entry.
 *
 * Invariant. Along the buckets, frequencies grow strictly; none is empty. The victim is the first slot of the first.
 *
 * A count starts at 1 on arrival and is forgotten on departure.
 *
 * Reference: K. Shah, A. Mitra, D. Matani, "An O(1) algorithm for implementing the LFU cache eviction scheme", 2010;
 * its objects are arrays here, and its sets are ordered.
 */
import type { Policy } from './eviction-policy.js'
import { NONE } from './structures/slot-list.js'

const FIRST_CAPACITY = 64
/** The bucket before the first: frequency 0, always empty. */
const START = 0
/** What the numbers of a slot are. */
const BUCKET = 0
const NEXT = 1
const PREVIOUS = 2

export class LFU implements Policy {
  /** Four numbers a slot, side by side in one cache line: its bucket, the next and the previous slot in it, and none. */
  private nodes = new Int32Array(4 * FIRST_CAPACITY)
  // By bucket.
  private frequency = new Float64Array(FIRST_CAPACITY)
  private firstSlot = new Int32Array(FIRST_CAPACITY).fill(NONE)
  private nextBucket = new Int32Array(FIRST_CAPACITY)
  private previousBucket = new Int32Array(FIRST_CAPACITY)
  /** Buckets given back, linked through `nextBucket`. */
  private freeBucket = NONE
  /** One more than the highest bucket ever made. */
  private buckets = 1

  onInsert(slot: number): void {
    if (4 * slot >= this.nodes.length) this.growSlots(slot)
    this.append(slot, this.bucketWith(1, START))
  }

  onHit(slot: number): void {
    const bucket = this.nodes[4 * slot + BUCKET]!
    const frequency = this.frequency[bucket]! + 1
    const next = this.nextBucket[bucket]!
    if (this.nodes[4 * slot + NEXT] === slot && (next === START || this.frequency[next]! > frequency)) {
      this.frequency[bucket] = frequency
      return
    }
    const target = this.bucketWith(frequency, bucket)
    this.take(slot, bucket)
    this.append(slot, target)
  }

  onUpdate(slot: number): void {
    this.onHit(slot)
  }

  onRemove(slot: number): void {
    this.take(slot, this.nodes[4 * slot + BUCKET]!)
  }

  move(from: number, to: number): void {
    if (4 * to >= this.nodes.length) this.growSlots(to)
    const { nodes } = this
    const bucket = nodes[4 * from + BUCKET]!
    const isAlone = nodes[4 * from + NEXT] === from
    nodes.copyWithin(4 * to, 4 * from, 4 * from + 4)
    if (this.firstSlot[bucket] === from) this.firstSlot[bucket] = to
    if (isAlone) nodes[4 * to + NEXT] = nodes[4 * to + PREVIOUS] = to
    else {
      nodes[4 * nodes[4 * to + PREVIOUS]! + NEXT] = to
      nodes[4 * nodes[4 * to + NEXT]! + PREVIOUS] = to
    }
  }

  trim(end: number): void {
    this.nodes = this.nodes.slice(0, 4 * end)
  }

  usesOf(slot: number): number {
    return this.frequency[this.nodes[4 * slot + BUCKET]!]!
  }

  victim(): number {
    return this.firstSlot[this.nextBucket[START]!]!
  }

  *order(): IterableIterator<number> {
    for (let bucket = this.nextBucket[START]!; bucket !== START; bucket = this.nextBucket[bucket]!) {
      const first = this.firstSlot[bucket]!
      let slot = first
      do {
        yield slot
        slot = this.nodes[4 * slot + NEXT]!
      } while (slot !== first)
    }
  }

  /** The bucket of that frequency, which comes right after `before` or is made there. */
  private bucketWith(frequency: number, before: number): number {
    const after = this.nextBucket[before]!
    if (after !== START && this.frequency[after] === frequency) return after
    const bucket = this.makeBucket()
    this.frequency[bucket] = frequency
    this.firstSlot[bucket] = NONE
    this.nextBucket[before] = bucket
    this.previousBucket[bucket] = before
    this.nextBucket[bucket] = after
    this.previousBucket[after] = bucket
    return bucket
  }

  /** Adds a slot as the most recently used of its bucket. */
  private append(slot: number, bucket: number): void {
    const { nodes } = this
    nodes[4 * slot + BUCKET] = bucket
    const first = this.firstSlot[bucket]!
    if (first === NONE) {
      this.firstSlot[bucket] = nodes[4 * slot + NEXT] = nodes[4 * slot + PREVIOUS] = slot
      return
    }
    const last = nodes[4 * first + PREVIOUS]!
    nodes[4 * last + NEXT] = slot
    nodes[4 * slot + PREVIOUS] = last
    nodes[4 * slot + NEXT] = first
    nodes[4 * first + PREVIOUS] = slot
  }

  private take(slot: number, bucket: number): void {
    const { nodes } = this
    const next = nodes[4 * slot + NEXT]!
    if (next === slot) {
      const before = this.previousBucket[bucket]!
      const after = this.nextBucket[bucket]!
      this.nextBucket[before] = after
      this.previousBucket[after] = before
      this.nextBucket[bucket] = this.freeBucket
      this.freeBucket = bucket
      return
    }
    const previous = nodes[4 * slot + PREVIOUS]!
    nodes[4 * previous + NEXT] = next
    nodes[4 * next + PREVIOUS] = previous
    if (this.firstSlot[bucket] === slot) this.firstSlot[bucket] = next
  }

  private makeBucket(): number {
    const free = this.freeBucket
    if (free !== NONE) {
      this.freeBucket = this.nextBucket[free]!
      return free
    }
    if (this.buckets === this.frequency.length) this.growBuckets()
    return this.buckets++
  }

  private growSlots(slot: number): void {
    this.nodes = grown(this.nodes, Math.max(4 * (slot + 1), this.nodes.length * 2))
  }

  private growBuckets(): void {
    const capacity = this.frequency.length * 2
    const frequency = new Float64Array(capacity)
    frequency.set(this.frequency)
    this.frequency = frequency
    this.firstSlot = grown(this.firstSlot, capacity)
    this.nextBucket = grown(this.nextBucket, capacity)
    this.previousBucket = grown(this.previousBucket, capacity)
  }
}

function grown(from: Int32Array, capacity: number) {
  const to = new Int32Array(capacity)
  to.set(from)
  return to
}
