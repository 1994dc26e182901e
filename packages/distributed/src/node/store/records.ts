/**
 * Keys and values as bytes, by slot: in segments, one behind another, and what is too long for those in buffers of its
 * own. No string, buffer or object is made per entry. Knows no index, no policy and no limit.
 *
 * A record in a segment: its slot; its length in words and the length of its key, 16 bits each; the length of its value;
 * the key; the value. An address below zero is that of a large record.
 */
import { Cleaner } from './cleaner.js'
import { copyBytes } from './copy-bytes.js'
import { LargeRecords, largeSize } from './large-records.js'
import { HEADER_WORDS, NEW, Segments } from './segments.js'
import type { SlotColumns } from './slot-columns.js'

const HEADER_BYTES = 4 * HEADER_WORDS
const LONGEST_KEY = 0xffff
/** A record that is longer than needed by so much, and by half, is not kept for a shorter value. */
const TOLERATED_BYTES = 64

export class Records {
  readonly segments: Segments
  readonly cleaner: Cleaner
  private readonly large = new LargeRecords()

  /**
   * @param segmentBytes - a power of two
   * @param beforeGrowth - called before one more segment is allocated
   */
  constructor(
    private readonly columns: SlotColumns,
    segmentBytes: number,
    beforeGrowth: () => void,
  ) {
    this.segments = new Segments(segmentBytes, beforeGrowth)
    this.cleaner = new Cleaner(this.segments, columns)
  }

  /** Bytes of all buffers. */
  get allocated(): number {
    return this.segments.allocated + this.large.bytes
  }

  /** Bytes that the buffers take at most with so many bytes of records more, where the cleaner keeps up. */
  boundWith(bytes: number): number {
    return this.cleaner.boundFor(this.segments.liveBytes + bytes) + this.large.bytes
  }

  /** Bytes that a record takes. */
  sizeFor(keyLength: number, valueLength: number): number {
    const words = wordsFor(keyLength, valueLength)
    return this.isLarge(words, keyLength) ? largeSize(keyLength + valueLength) : 4 * words
  }

  /** Bytes that the record of a slot takes. */
  sizeOf(slot: number): number {
    const address = this.columns.addresses[slot]!
    if (address < 0) return this.large.sizeOf(~address)
    return 4 * this.lengthAt(address)
  }

  isKey(slot: number, bytes: Uint8Array, start: number, length: number): boolean {
    const { segments } = this
    const address = this.columns.addresses[slot]!
    if (address < 0) return this.isLargeKey(address, bytes, start, length)
    const segment = address >>> segments.shift
    const at = address & segments.mask
    if ((segments.words[segment]![at + 1]! & LONGEST_KEY) !== length) return false
    const keys = segments.bytes[segment]!
    for (let i = 0, key = at * 4 + HEADER_BYTES; i < length; i++) if (keys[key + i] !== bytes[start + i]) return false
    return true
  }

  /** A view of the key, which holds until the next write. */
  keyOf(slot: number): Uint8Array {
    const address = this.columns.addresses[slot]!
    if (address < 0) {
      const { bytes, keyLength } = this.large.at(~address)
      return bytes.subarray(0, keyLength)
    }
    const { segments } = this
    const at = address & segments.mask
    const segment = address >>> segments.shift
    const start = at * 4 + HEADER_BYTES
    return segments.bytes[segment]!.subarray(start, start + (segments.words[segment]![at + 1]! & LONGEST_KEY))
  }

  /** A view of the value, which holds until the next write. */
  valueOf(slot: number): Uint8Array {
    const start = this.valueStart(slot)
    return this.bytesOf(slot).subarray(start, start + this.valueLength(slot))
  }

  /** The bytes among which key and value of the slot lie, until the next write. */
  bytesOf(slot: number): Uint8Array {
    const address = this.columns.addresses[slot]!
    return address < 0 ? this.large.at(~address).bytes : this.segments.bytes[address >>> this.segments.shift]!
  }

  /** Where among them the value begins. */
  valueStart(slot: number): number {
    const address = this.columns.addresses[slot]!
    if (address < 0) return this.large.at(~address).keyLength
    const { segments } = this
    const at = address & segments.mask
    return at * 4 + HEADER_BYTES + (segments.words[address >>> segments.shift]![at + 1]! & LONGEST_KEY)
  }

  valueLength(slot: number): number {
    const address = this.columns.addresses[slot]!
    if (address < 0) return this.large.at(~address).valueLength
    const { segments } = this
    return segments.words[address >>> segments.shift]![(address & segments.mask) + 2]!
  }

  /** Bytes that a slot whose record is to hold such a value takes more; 0 where the value goes into the place of the old. */
  growthFor(slot: number, keyLength: number, valueLength: number): number {
    return this.fitsInPlace(slot, keyLength, valueLength) ? 0 : this.sizeFor(keyLength, valueLength) - this.sizeOf(slot)
  }

  /** Writes the record of a slot that has none. */
  add(
    slot: number,
    keys: Uint8Array,
    keyAt: number,
    keyLength: number,
    values: Uint8Array,
    valueAt: number,
    valueLength: number,
  ): void {
    this.columns.addresses[slot] = this.reserve(keyLength, valueLength)
    this.writeKey(slot, keys, keyAt, keyLength)
    this.writeValue(slot, values, valueAt, valueLength)
  }

  /** Gives the slot another value, in place where it fits. */
  replace(
    slot: number,
    keys: Uint8Array,
    keyAt: number,
    keyLength: number,
    values: Uint8Array,
    valueAt: number,
    valueLength: number,
  ): void {
    if (!this.fitsInPlace(slot, keyLength, valueLength)) {
      const address = this.reserve(keyLength, valueLength)
      // Only now: making room may have moved the record.
      const before = this.columns.addresses[slot]!
      this.columns.addresses[slot] = address
      this.writeKey(slot, keys, keyAt, keyLength)
      this.release(before)
    }
    this.writeValue(slot, values, valueAt, valueLength)
  }

  /** Gives the record of a slot back. */
  remove(slot: number): void {
    this.release(this.columns.addresses[slot]!)
  }

  /** The slot that has the record is another from now on. */
  renumber(from: number, to: number): void {
    const address = this.columns.addresses[from]!
    this.columns.addresses[to] = address
    const { segments } = this
    if (address >= 0) segments.words[address >>> segments.shift]![address & segments.mask] = to
  }

  private fitsInPlace(slot: number, keyLength: number, valueLength: number): boolean {
    const address = this.columns.addresses[slot]!
    const needed = address < 0 ? keyLength + valueLength : 4 * wordsFor(keyLength, valueLength)
    const held = address < 0 ? this.large.at(~address).bytes.length : 4 * this.lengthAt(address)
    return needed <= held && (held - needed <= TOLERATED_BYTES || 2 * needed >= held)
  }

  private reserve(keyLength: number, valueLength: number): number {
    const words = wordsFor(keyLength, valueLength)
    if (this.isLarge(words, keyLength)) return ~this.large.allocate(keyLength + valueLength)
    return this.segments.allocate(words, NEW)
  }

  private release(address: number): void {
    if (address < 0) this.large.free(~address)
    else this.segments.free(address)
  }

  private writeKey(slot: number, keys: Uint8Array, keyAt: number, keyLength: number): void {
    const address = this.columns.addresses[slot]!
    if (address < 0) {
      const record = this.large.at(~address)
      record.keyLength = keyLength
      copyBytes(keys, keyAt, keyLength, record.bytes, 0)
      return
    }
    const { segments } = this
    const segment = address >>> segments.shift
    const at = address & segments.mask
    const words = segments.words[segment]!
    words[at] = slot
    words[at + 1]! |= keyLength
    copyBytes(keys, keyAt, keyLength, segments.bytes[segment]!, at * 4 + HEADER_BYTES)
  }

  private writeValue(slot: number, values: Uint8Array, valueAt: number, valueLength: number): void {
    const address = this.columns.addresses[slot]!
    if (address < 0) this.large.at(~address).valueLength = valueLength
    else {
      const { segments } = this
      segments.words[address >>> segments.shift]![(address & segments.mask) + 2] = valueLength
    }
    copyBytes(values, valueAt, valueLength, this.bytesOf(slot), this.valueStart(slot))
  }

  /** Words of the record at an address in a segment. */
  private lengthAt(address: number): number {
    const { segments } = this
    return segments.words[address >>> segments.shift]![(address & segments.mask) + 1]! >>> 16
  }

  private isLarge(words: number, keyLength: number): boolean {
    return words > this.segments.mostWords || keyLength > LONGEST_KEY
  }

  private isLargeKey(address: number, bytes: Uint8Array, start: number, length: number): boolean {
    const record = this.large.at(~address)
    if (record.keyLength !== length) return false
    for (let i = 0; i < length; i++) if (record.bytes[i] !== bytes[start + i]) return false
    return true
  }
}

function wordsFor(keyLength: number, valueLength: number): number {
  return HEADER_WORDS + ((keyLength + valueLength + 3) >>> 2)
}
