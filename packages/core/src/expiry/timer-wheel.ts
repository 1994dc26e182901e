/**
 * What is due by `now`: a hierarchical timer wheel over slots. It is given times and never asks for one.
 *
 * Intuition. A clock face of 256 buckets of a quarter second holds what is due within a minute; coarser faces of 64
 * buckets (a minute, an hour, three days each) hold the rest. When a coarse bucket's span begins, what lies in it moves
 * to finer faces. So scheduling, rescheduling and cancelling are O(1), and a sweep touches only what is due.
 *
 * Structure. Each bucket is a circular list threaded through two Int32Arrays by slot: 8 bytes an entry, no object. The
 * first nodes of the arrays are the buckets' own heads; slot s is node s + HEADS. A bucket whose time has come is
 * spliced whole onto the `due` list in O(1), and `advance` works that list off at most `limit` at a time, so a sweep
 * can stop anywhere and go on later.
 *
 * Invariant. Every scheduled slot is in exactly one list, in a bucket that comes due no later than one bucket's span of
 * the finest face after the slot's deadline. Deadlines are exact elsewhere: a read compares `expiresAt` itself. A deadline
 * that only moved later keeps its bucket, and is moved when that bucket comes due: a write then costs nothing here.
 *
 * References: Varghese & Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987.
 */

/** Milliseconds that one bucket of each face spans. Each face's round is the next face's span. */
const SPANS = [256, 65_536, 4_194_304, 268_435_456] as const
const BUCKETS = [256, 64, 64, 64] as const
const FIRST_HEADS = [0, 256, 320, 384] as const
const DUE = 448
const HEADS = 449

export class TimerWheel {
  /** How many slots are scheduled. */
  size = 0

  private next = new Int32Array(HEADS + 32)
  private previous = new Int32Array(HEADS + 32)

  /** @param time - the time to which the wheel has turned, ms on the caller's clock */
  constructor(public time: number) {
    for (let node = 0; node < this.next.length; node++) this.next[node] = this.previous[node] = node
  }

  /** Whether the slot is scheduled. A slot beyond all ever scheduled is not. */
  has(slot: number): boolean {
    const node = slot + HEADS
    return node < this.next.length && this.next[node] !== node
  }

  /** Schedules a slot that is not scheduled. A deadline of `Infinity` is none. O(1). */
  schedule(slot: number, expiresAt: number): void {
    if (expiresAt === Number.POSITIVE_INFINITY) return
    const node = slot + HEADS
    if (node >= this.next.length) this.grow(node + 1)
    this.link(node, this.bucketOf(expiresAt))
    this.size++
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
    if (node >= this.next.length || this.next[node] === node) return
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
      const node = this.next[DUE]!
      if (node === DUE) break
      looked++
      const slot = node - HEADS
      this.unlink(node)
      if (expiresAt[slot]! <= now) {
        this.size--
        expire(slot)
      } else this.link(node, this.bucketOf(expiresAt[slot]!))
    }
    return looked
  }

  /** Turns every face to `now`, splicing the buckets that came up onto the due list. */
  private turnTo(now: number): void {
    if (now <= this.time) return
    for (let face = 0; face < SPANS.length; face++) {
      const span = SPANS[face]!
      const before = Math.floor(this.time / span)
      const after = Math.floor(now / span)
      if (before === after) break
      const buckets = BUCKETS[face]!
      // The finest face hands out buckets that are over; coarser ones those that begin, in time to move down.
      const first = face === 0 ? before : before + 1
      const steps = Math.min(after - before, buckets)
      for (let step = 0; step < steps; step++) this.splice(FIRST_HEADS[face]! + ((first + step) % buckets))
    }
    this.time = now
  }

  private bucketOf(expiresAt: number): number {
    const ahead = expiresAt - this.time
    let face = 0
    while (face < SPANS.length - 1 && ahead >= SPANS[face + 1]!) face++
    const span = SPANS[face]!
    const buckets = BUCKETS[face]!
    // Beyond the coarsest face's round: its last bucket, from which it is put back for another round.
    const farthest = Math.floor(this.time / span) + buckets - 1
    const tick =
      face === SPANS.length - 1 ? Math.min(Math.floor(expiresAt / span), farthest) : Math.floor(expiresAt / span)
    // A deadline already behind the wheel lies in the current bucket, the next to be handed out.
    return FIRST_HEADS[face]! + (Math.max(tick, Math.floor(this.time / span)) % buckets)
  }

  private splice(head: number): void {
    const { next, previous } = this
    const first = next[head]!
    if (first === head) return
    const last = previous[head]!
    const tail = previous[DUE]!
    next[tail] = first
    previous[first] = tail
    next[last] = DUE
    previous[DUE] = last
    next[head] = previous[head] = head
  }

  private link(node: number, head: number): void {
    const { next, previous } = this
    const last = previous[head]!
    next[last] = node
    previous[node] = last
    next[node] = head
    previous[head] = node
  }

  private unlink(node: number): void {
    const { next, previous } = this
    const after = next[node]!
    const before = previous[node]!
    next[before] = after
    previous[after] = before
    next[node] = previous[node] = node
  }

  private grow(atLeast: number): void {
    const from = this.next.length
    const capacity = Math.max(atLeast, from + (from - HEADS))
    this.next = lengthened(this.next, capacity)
    this.previous = lengthened(this.previous, capacity)
  }
}

/** A longer copy whose new nodes are lists of themselves: not scheduled. */
function lengthened(nodes: Int32Array, capacity: number) {
  const longer = new Int32Array(capacity)
  longer.set(nodes)
  for (let node = nodes.length; node < capacity; node++) longer[node] = node
  return longer
}
