/**
 * A whole command as it lies in a chunk: where its parts are, and no copy of them. Used again for the next command. Pure.
 */

/** Commands of more parts are read part by part. */
export const MOST_PARTS = 256
const CR = 13
const LF = 10
const STAR = 0x2a
const DOLLAR = 0x24

export class RequestFrame {
  /** The chunk; it holds until the command has been run. */
  bytes: Uint8Array = new Uint8Array(0)
  /** How many parts, the command's name among them. */
  count = 0
  /** Where each part begins in the chunk, and its length. */
  readonly starts = new Int32Array(MOST_PARTS)
  readonly lengths = new Int32Array(MOST_PARTS)

  /**
   * Reads an array of bulk strings that begins at `start`; what has come ends at `end`.
   *
   * @returns where it ends; -1 when it is not whole, too long, or anything else
   */
  read(bytes: Uint8Array, start: number, end: number, maxBulkBytes: number): number {
    let at = start
    if (bytes[at++] !== STAR) return -1
    let count = 0
    for (let digit = bytes[at]! - 0x30; digit >= 0 && digit <= 9; digit = bytes[at]! - 0x30) {
      count = count * 10 + digit
      if (count > MOST_PARTS) return -1
      at++
    }
    if (count === 0 || bytes[at] !== CR || bytes[at + 1] !== LF) return -1
    at += 2
    for (let part = 0; part < count; part++) {
      if (bytes[at++] !== DOLLAR) return -1
      const first = at
      let length = 0
      for (let digit = bytes[at]! - 0x30; digit >= 0 && digit <= 9; digit = bytes[at]! - 0x30) {
        length = length * 10 + digit
        if (length > maxBulkBytes) return -1
        at++
      }
      if (at === first || bytes[at] !== CR || bytes[at + 1] !== LF) return -1
      at += 2
      this.starts[part] = at
      this.lengths[part] = length
      at += length + 2
      if (at > end) return -1
    }
    this.bytes = bytes
    this.count = count
    return at
  }

  /** The parts, each in an array of its own. */
  parts(): Uint8Array[] {
    const parts: Uint8Array[] = []
    for (let part = 0; part < this.count; part++) {
      const start = this.starts[part]!
      parts.push(this.bytes.slice(start, start + this.lengths[part]!))
    }
    return parts
  }
}
