/** Records that are too long for a segment: each has a buffer of its own. By number; knows no slot. */

/** What such a buffer takes beside its bytes. */
const OVERHEAD = 256

export interface LargeRecord {
  bytes: Uint8Array
  keyLength: number
  valueLength: number
}

export class LargeRecords {
  /** Bytes of all buffers. */
  bytes = 0
  private readonly records: (LargeRecord | undefined)[] = []
  private readonly unused: number[] = []

  /** Room for a record of so many bytes, which is its key's so far. */
  allocate(bytes: number): number {
    const record = { bytes: new Uint8Array(bytes), keyLength: 0, valueLength: 0 }
    const number = this.unused.pop() ?? this.records.length
    this.records[number] = record
    this.bytes += bytes + OVERHEAD
    return number
  }

  at(number: number): LargeRecord {
    return this.records[number]!
  }

  /** Bytes that a record takes. */
  sizeOf(number: number): number {
    return this.records[number]!.bytes.length + OVERHEAD
  }

  free(number: number): void {
    this.bytes -= this.sizeOf(number)
    this.records[number] = undefined
    this.unused.push(number)
  }
}

/** Bytes that a record takes whose key and value have so many together. */
export function largeSize(bytes: number): number {
  return bytes + OVERHEAD
}
