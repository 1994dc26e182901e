/**
 * Gives back the room of dead records: moves what is still alive out of the emptiest segment, a bounded piece at a time.
 * Knows segments and addresses; neither keys nor policies.
 *
 * It begins when an eighth of the segments is dead. The emptiest one is then at least as dead, so that walking 8 bytes
 * frees at least one: whoever writes and walks ten times as much as it has written never has to wait for the cleaner.
 */
import { copyBytes } from './copy-bytes.js'
import { MOST_SPARES, MOVED, type Segments } from './segments.js'
import type { SlotColumns } from './slot-columns.js'

/** One in so many bytes may be dead. */
const DEAD_SHARE = 8
/** Segments that may be dead besides: the two that are written to. */
const DEAD_SEGMENTS = 2

export class Cleaner {
  /** Records moved so far. */
  moved = 0
  private victim = -1
  private at = 0

  constructor(
    private readonly segments: Segments,
    private readonly columns: SlotColumns,
  ) {}

  /** What segments take at most that hold so many bytes of records, while the cleaner keeps up. */
  boundFor(liveBytes: number): number {
    const { segmentBytes } = this.segments
    return (
      ((liveBytes + DEAD_SEGMENTS * segmentBytes) * DEAD_SHARE) / (DEAD_SHARE - 1) + (MOST_SPARES + 1) * segmentBytes
    )
  }

  /** Whether there is enough to gain. */
  get isNeeded(): boolean {
    const { used, liveBytes, segmentBytes } = this.segments
    return used - liveBytes > used / DEAD_SHARE + DEAD_SEGMENTS * segmentBytes
  }

  /** Walks over so many bytes or a little more, where it is needed. Returns how many. */
  step(bytes: number): number {
    let walked = 0
    while (walked < bytes && (this.victim >= 0 || this.isNeeded)) {
      if (this.victim < 0 && !this.choose()) break
      walked += this.walk(bytes - walked)
    }
    return walked
  }

  /** Empties one segment, whatever it takes. False when there is none that is worth it. */
  emptyOne(): boolean {
    if (this.victim < 0 && !this.choose()) return false
    while (this.victim >= 0) this.walk(Number.POSITIVE_INFINITY)
    return true
  }

  private choose(): boolean {
    const { live, segmentBytes } = this.segments
    let emptiest = segmentBytes - segmentBytes / DEAD_SHARE
    for (let segment = 0; segment < live.length; segment++) {
      const alive = live[segment]!
      if (alive < 0 || alive >= emptiest || this.segments.isHead(segment)) continue
      emptiest = alive
      this.victim = segment
    }
    this.at = 0
    return this.victim >= 0
  }

  private walk(bytes: number): number {
    const { segments, victim } = this
    const words = segments.words[victim]!
    // Given back by others meanwhile, and perhaps in use again.
    if (segments.live[victim]! < 0 || segments.isHead(victim)) {
      this.victim = -1
      return 0
    }
    const end = segments.ends[victim]!
    const start = this.at
    let at = start
    while (at < end && (at - start) * 4 < bytes) {
      const length = words[at + 1]! >>> 16
      const slot = words[at]!
      if (slot >= 0) this.move(victim, at, length, slot)
      at += length
    }
    this.at = at
    // With its last record gone the segment has been given back.
    if (at >= end) this.victim = -1
    return Math.max(1, at - start) * 4
  }

  private move(victim: number, at: number, length: number, slot: number): void {
    const { segments, columns } = this
    const address = segments.allocate(length, MOVED)
    const segment = address >>> segments.shift
    const to = address & segments.mask
    copyBytes(segments.bytes[victim]!, at * 4, length * 4, segments.bytes[segment]!, to * 4)
    columns.addresses[slot] = address
    segments.free((victim << segments.shift) | at)
    this.moved++
  }
}
