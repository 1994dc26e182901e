/** How much a store of bytes may hold, and how much of that its registers may take. Knows no entry. */
import type { SetVerdict } from './byte-write.js'

/** The part of either bound that registers may take: one in so many. */
const REGISTER_SHARE = 8
const LARGEST_SEGMENT = 2 ** 20
const SMALLEST_SEGMENT = 2 ** 10
/** So many segments at least make up the memory. */
const SEGMENTS = 128
/** What segments can be addressed, less some to clean with. */
const MOST_MEMORY = 2 ** 33 * 0.98

export class ByteLimits {
  /** Entries that stay out of the policy: cleared-at and tag registers. */
  registers = 0
  /** What they take. */
  registerMemory = 0
  /** Bytes of a segment: a power of two. */
  readonly segmentBytes: number
  /** Bytes that entries may take, by {@link ByteStore}'s reckoning for each: the rest is room to clean in. */
  readonly budget: number
  readonly maxMemory: number

  constructor(
    readonly maxSize: number,
    maxMemory: number,
  ) {
    this.maxMemory = Math.min(maxMemory, MOST_MEMORY)
    const wished = 2 ** Math.floor(Math.log2(this.maxMemory / SEGMENTS))
    this.segmentBytes = Math.max(SMALLEST_SEGMENT, Math.min(LARGEST_SEGMENT, wished))
    this.budget = ((this.maxMemory - 5 * this.segmentBytes) * 7) / 8 - 2 * this.segmentBytes
  }

  /**
   * Whether an entry fits when everything else leaves that may.
   *
   * @param standing - what a register takes that it replaces; 0 where there is none
   */
  fits(cost: number, isRegister: boolean, standing: number): SetVerdict {
    const count = this.registers - (standing > 0 ? 1 : 0) + 1
    const bytes = this.registerMemory - standing + cost
    // An invalidation must not be forgotten while what it invalidates may live: so registers are refused, not evicted.
    if (isRegister) return this.registersFit(count, bytes) ? 'stored' : 'registers-full'
    return count > this.maxSize || bytes > this.budget ? 'too-large' : 'stored'
  }

  registersFit(count: number, bytes: number): boolean {
    return count <= Math.max(1, Math.floor(this.maxSize / REGISTER_SHARE)) && bytes <= this.budget / REGISTER_SHARE
  }
}
