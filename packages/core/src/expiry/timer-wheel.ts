/**
 * What is due by `now`: a hierarchical timer wheel over slots. It is given times and never asks for one.
 *
 * Intuition. A clock face of 256 buckets of a quarter second holds what is due within a minute; coarser faces of 64
 * buckets (a minute, an hour, three days each) hold the rest. When a coarse bucket's span begins, what lies in it moves
 * to finer faces. So scheduling, rescheduling and cancelling are O(1), and a sweep touches only what is due.
 *
 * Structure. Each bucket is a circular list threaded through an Int32Array, two links a slot: 8 bytes an entry, no
 * object. The first nodes of the array are the buckets' own heads; slot s is node s + HEADS. A bucket whose time has come
 * is spliced whole onto the `due` list in O(1), and `advance` works that list off at most `limit` at a time, so a sweep
 * can stop anywhere and go on later. Times are counted in whole ticks since the wheel was made, small integers all.
 *
 * Invariant. Every scheduled slot is in exactly one list, in a bucket that comes due no later than one bucket's span of
 * the finest face after the slot's deadline. Deadlines are exact elsewhere: a read compares `expiresAt` itself. A deadline
 * that only moved later keeps its bucket, and is moved when that bucket comes due: a write then costs nothing here.
 *
 * References: Varghese & Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987.
 */

/** Milliseconds of a tick: what one bucket of the finest face spans. */
const TICK = 256
/** Ticks that one bucket of each face spans, as powers of two. Each face's round is the next face's span. */
const SHIFTS = [0, 8, 14, 20] as const
const BUCKETS = [256, 64, 64, 64] as const
const FIRST_HEADS = [0, 256, 320, 384] as const
const COARSEST = SHIFTS.length - 1
const DUE = 448
const HEADS = 449
/** Not a power of two, so that not all columns of a cache grow in one call. */
const FIRST_CAPACITY = 33
/** Later deadlines are looked at again when this comes, in 17 years. */
const LAST_TICK = 2 ** 31 - 1

export class TimerWheel {
  /** How many slots are scheduled. */
  size = 0

  /** Next and previous of each node, side by side: 2n and 2n + 1. A node that is in no list is its own neighbour. */
  private links = unlinked(new Int32Array(2 * (HEADS + FIRST_CAPACITY)), 0)
  /** The tick to which the wheel has turned. */
  private tick = 0
  private readonly start: number

  /** @param time - the time to which the wheel has turned, ms on the caller's clock */
  constructor(public time: number) {
    this.start = time
  }

  /** Bytes that it takes for slots. */
  get bytes(): number {
    return this.links.byteLength - 8 * (HEADS + FIRST_CAPACITY)
  }

  /** Whether the slot is scheduled. A slot beyond all ever scheduled is not. */
  has(slot: number): boolean {
    const node = slot + HEADS
    return 2 * node < this.links.length && this.links[2 * node] !== node
  }

  /** Schedules a slot that is not scheduled. A deadline of `Infinity` is none. O(1). */
  schedule(slot: number, expiresAt: number): void {
    if (expiresAt === Number.POSITIVE_INFINITY) return
    const node = slot + HEADS
    if (2 * node >= this.links.length) this.grow(node + 1)
    this.link(node, this.bucketOf(expiresAt))
    this.size++
  }

  /**
   * Schedules a slot that may still be scheduled from a use that is over, of which the last deadline was `before`. O(1),
   * and nothing to do when that comes first: the slot is then moved when its old bucket comes due.
   */
  scheduleAgain(slot: number, before: number, expiresAt: number): void {
    const node = slot + HEADS
    if (2 * node < this.links.length && this.links[2 * node] !== node) {
      if (expiresAt >= before) return
      this.unlink(node)
      this.size--
    }
    this.schedule(slot, expiresAt)
  }

  /** Follows a deadline that changed from `before` to `after`. O(1), and nothing to do when it only moved later. */
  reschedule(slot: number, before: number, after: number): void {
    if (after >= before && after !== Number.POSITIVE_INFINITY) return
    this.cancel(slot)
    this.schedule(slot, after)
  }

  /** Forgets a slot, scheduled or not. O(1). */
  cancel(slot: number): void {
    const node = slot + HEADS
    if (2 * node >= this.links.length || this.links[2 * node] === node) return
    this.unlink(node)
    this.size--
  }

  /**
   * Hands out up to `limit` slots whose deadline has passed, each cancelled before it is handed out; others that came
   * up are put where they belong now.
   *
   * @param expiresAt - deadlines by slot
   * @returns how many slots were looked at; fewer than `limit` means that nothing more is due
   */
  advance(now: number, limit: number, expiresAt: Float64Array, expire: (slot: number) => void): number {
    this.turnTo(now)
    let looked = 0
    while (looked < limit) {
      const node = this.links[2 * DUE]!
      if (node === DUE) break
      looked++
      const slot = node - HEADS
      this.unlink(node)
      if (expiresAt[slot]! <= now) {
        this.size--
        expire(slot)
      } else if (expiresAt[slot] === Number.POSITIVE_INFINITY) this.size--
      else this.link(node, this.bucketOf(expiresAt[slot]!))
    }
    return looked
  }

  /** Turns every face to `now`, splicing the buckets that came up onto the due list. */
  private turnTo(now: number): void {
    if (now <= this.time) return
    const before = this.tick
    const after = this.tickOf(now)
    for (let face = 0; face <= COARSEST; face++) {
      const from = before >> SHIFTS[face]!
      const to = after >> SHIFTS[face]!
      if (from === to) break
      const buckets = BUCKETS[face]!
      // The finest face hands out buckets that are over; coarser ones those that begin, in time to move down.
      const first = face === 0 ? from : from + 1
      const steps = Math.min(to - from, buckets)
      for (let step = 0; step < steps; step++) this.splice(FIRST_HEADS[face]! + ((first + step) & (buckets - 1)))
    }
    this.time = now
    this.tick = after
  }

  private tickOf(time: number): number {
    const ticks = (time - this.start) / TICK
    return ticks < LAST_TICK ? ticks | 0 : LAST_TICK
  }

  private bucketOf(expiresAt: number): number {
    const now = this.tick
    // A deadline already behind the wheel lies in the current bucket, the next to be handed out.
    const tick = Math.max(this.tickOf(expiresAt), now)
    const ahead = tick - now
    if (ahead < 256) return tick & 255
    if (ahead < 1 << 14) return 256 + ((tick >> 8) & 63)
    if (ahead < 1 << 20) return 320 + ((tick >> 14) & 63)
    // Beyond the coarsest face's round: its last bucket, from which it is put back for another round.
    return 384 + (Math.min(tick >> 20, (now >> 20) + 63) & 63)
  }

  private splice(head: number): void {
    const { links } = this
    const first = links[2 * head]!
    if (first === head) return
    const last = links[2 * head + 1]!
    const tail = links[2 * DUE + 1]!
    links[2 * tail] = first
    links[2 * first + 1] = tail
    links[2 * last] = DUE
    links[2 * DUE + 1] = last
    links[2 * head] = links[2 * head + 1] = head
  }

  private link(node: number, head: number): void {
    const { links } = this
    const last = links[2 * head + 1]!
    links[2 * last] = node
    links[2 * node + 1] = last
    links[2 * node] = head
    links[2 * head + 1] = node
  }

  private unlink(node: number): void {
    const { links } = this
    const after = links[2 * node]!
    const before = links[2 * node + 1]!
    links[2 * before] = after
    links[2 * after + 1] = before
    links[2 * node] = links[2 * node + 1] = node
  }

  /** Gives back the memory of slots from `end` on, none of which is scheduled. */
  trim(end: number): void {
    this.links = this.links.slice(0, 2 * (HEADS + end))
  }

  private grow(atLeast: number): void {
    const nodes = this.links.length / 2
    const longer = new Int32Array(2 * Math.max(atLeast, nodes + (nodes - HEADS)))
    longer.set(this.links)
    this.links = unlinked(longer, nodes)
  }
}

/** Makes every node from `first` on its own neighbour. */
function unlinked(links: Int32Array<ArrayBuffer>, first: number) {
  for (let node = first; 2 * node < links.length; node++) links[2 * node] = links[2 * node + 1] = node
  return links
}
