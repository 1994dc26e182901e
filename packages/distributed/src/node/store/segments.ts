/**
 * Records one behind another in large buffers, as in a log: taken at the end, given back where they lie. Knows neither
 * keys nor policies.
 *
 * Structure. A segment is one buffer, seen as bytes and as 32-bit words; a record begins at a whole word. Its address is
 * one number: the segment above, the word within it below. A record's first word is its slot, or `DEAD`; the upper half
 * of the second is its length in words, so that a segment can be walked from its begin to its end.
 *
 * There are two ends to write at: what is new goes to one, what a cleaner has found alive in an old segment to the other.
 * So what lives long comes to lie together, in segments that are worth no cleaning.
 *
 * Invariant. For each segment, `live` is the bytes of its records that are not dead. One without any is given back at once.
 *
 * Reference: M. Rosenblum, J. Ousterhout, "The Design and Implementation of a Log-Structured File System", SOSP 1991;
 * S. Rumble et al., "Log-structured Memory for DRAM-based Storage", FAST 2014.
 */

/** What stands in the place of a slot where a record is no more. */
export const DEAD = -1
export const HEADER_WORDS = 3
/** Words that a record's length can tell. */
const MOST_WORDS = 2 ** 14
const ADDRESS_BITS = 31
/** Segments that are kept for the next time. */
export const MOST_SPARES = 4

/** Where records are written: the new ones, and those that a cleaner moves. */
export type Log = 0 | 1
export const NEW: Log = 0
export const MOVED: Log = 1

export class Segments {
  readonly bytes: Uint8Array[] = []
  readonly words: Int32Array[] = []
  /** Bytes alive in each segment; -1 where there is none. */
  readonly live: number[] = []
  /** Words written of each segment. */
  readonly ends: number[] = []
  /** Bytes of all segments, those kept for the next time among them. */
  allocated = 0
  /** Bytes of records that are not dead. */
  liveBytes = 0
  /** Bits of an address that say where in its segment it is. */
  readonly shift: number
  readonly mask: number
  /** The longest record, in words. */
  readonly mostWords: number

  private readonly heads: [number, number] = [-1, -1]
  private readonly unused: number[] = []
  private readonly spares: ArrayBuffer[] = []

  /**
   * @param segmentBytes - a power of two
   * @param beforeGrowth - called before one more segment is allocated, unless for the cleaner
   */
  constructor(
    readonly segmentBytes: number,
    private readonly beforeGrowth: () => void,
  ) {
    this.shift = Math.log2(segmentBytes / 4)
    this.mask = segmentBytes / 4 - 1
    this.mostWords = Math.min(MOST_WORDS, segmentBytes / 64)
  }

  /** Room for a record of so many words, which is dead until its slot is written. */
  allocate(words: number, log: Log): number {
    let segment = this.heads[log]
    if (segment < 0 || this.ends[segment]! + words > this.segmentBytes / 4) segment = this.next(log)
    const at = this.ends[segment]!
    const { [segment]: target } = this.words
    target![at] = DEAD
    target![at + 1] = words << 16
    this.ends[segment] = at + words
    this.live[segment]! += words * 4
    this.liveBytes += words * 4
    return (segment << this.shift) | at
  }

  /** Bytes of the segments that hold records, or held some. */
  get used(): number {
    return this.allocated - this.spares.length * this.segmentBytes
  }

  /** Gives a record back. */
  free(address: number): void {
    const segment = address >>> this.shift
    const at = address & this.mask
    const words = this.words[segment]!
    words[at] = DEAD
    const bytes = (words[at + 1]! >>> 16) * 4
    this.liveBytes -= bytes
    this.live[segment]! -= bytes
    if (this.live[segment]! > 0) return
    // The end of a log stays where it is, and begins anew.
    if (segment === this.heads[NEW] || segment === this.heads[MOVED]) this.ends[segment] = 0
    else this.release(segment)
  }

  /** Whether records are being added to that segment. */
  isHead(segment: number): boolean {
    return segment === this.heads[NEW] || segment === this.heads[MOVED]
  }

  private next(log: Log): number {
    if (this.spares.length === 0 && log === NEW) this.beforeGrowth()
    const sealed = this.heads[log]
    const segment = this.unused.pop() ?? this.words.length
    if (segment >= 2 ** (ADDRESS_BITS - this.shift)) throw new RangeError('a store holds no more than 8 GB of records')
    let buffer = this.spares.pop()
    if (buffer === undefined) {
      buffer = new ArrayBuffer(this.segmentBytes)
      this.allocated += this.segmentBytes
    }
    this.bytes[segment] = new Uint8Array(buffer)
    this.words[segment] = new Int32Array(buffer)
    this.live[segment] = 0
    this.ends[segment] = 0
    this.heads[log] = segment
    if (sealed >= 0 && this.live[sealed] === 0) this.release(sealed)
    return segment
  }

  private release(segment: number): void {
    const buffer = this.bytes[segment]!.buffer as ArrayBuffer
    this.bytes[segment] = NO_BYTES
    this.words[segment] = NO_WORDS
    this.live[segment] = -1
    this.unused.push(segment)
    // What is dropped is not free before it is collected: who writes much would run ahead of the collector.
    if (this.spares.length < MOST_SPARES) this.spares.push(buffer)
    else this.allocated -= this.segmentBytes
  }
}

const NO_BYTES = new Uint8Array(0)
const NO_WORDS = new Int32Array(0)
