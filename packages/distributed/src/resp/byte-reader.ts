/**
 * Bytes as they come in, read as lines and counted runs, whatever the pieces they arrive in. What has been read whole is
 * copied out, so that a small value never keeps a large chunk alive. Knows no protocol.
 */
const CR = 13
const LF = 10

export class ByteReader {
  /** What is being read, and where. */
  chunk: Uint8Array = new Uint8Array(0)
  position = 0
  /** Where in the chunk what came ends. */
  end = 0
  /** A run under way that did not fit into the chunks so far, and how much of it is here. */
  private run: Uint8Array | undefined
  private filled = 0
  /** The beginning of a line whose end has not come. */
  private line: Uint8Array = new Uint8Array(0)

  /** Takes the next chunk, of which only what lies before `end` has come. The one before must have been read to its end. */
  feed(chunk: Uint8Array, end: number): void {
    this.chunk = chunk
    this.position = 0
    this.end = end
  }

  /**
   * The next line without its end, as a view that holds until the next call; `undefined` when it is not whole yet.
   * Lines end in CR LF, or in LF alone.
   *
   * @param maxBytes - `'too-long'` is answered beyond, before more is kept
   */
  readLine(maxBytes: number): Uint8Array | 'too-long' | undefined {
    const found = this.chunk.indexOf(LF, this.position)
    // What lies behind the end is of a chunk before.
    const end = found < this.end ? found : -1
    const stop = end < 0 ? this.end : end
    if (this.line.length + stop - this.position > maxBytes + 1) return 'too-long'
    const piece = this.chunk.subarray(this.position, stop)
    const line = this.line.length === 0 ? piece : joined(this.line, piece)
    if (end < 0) {
      this.line = line === piece ? piece.slice() : line
      this.position = stop
      return undefined
    }
    this.line = this.line.length === 0 ? this.line : new Uint8Array(0)
    this.position = end + 1
    return line[line.length - 1] === CR ? line.subarray(0, line.length - 1) : line
  }

  /** The next `length` bytes in an array of their own; `undefined` when they are not all here yet. */
  readRun(length: number): Uint8Array | undefined {
    const here = this.end - this.position
    if (this.run === undefined && here >= length) {
      const run = Uint8Array.prototype.slice.call(this.chunk, this.position, this.position + length)
      this.position += length
      return run
    }
    // Grows with what has come, not with what was announced: a length is a claim.
    const wanted = Math.min(length, this.filled + here)
    if (this.run === undefined || this.run.length < wanted) {
      const larger = new Uint8Array(Math.min(length, Math.max(wanted, this.filled * 2)))
      if (this.run !== undefined) larger.set(this.run.subarray(0, this.filled))
      this.run = larger
    }
    const taken = Math.min(here, length - this.filled)
    this.run.set(this.chunk.subarray(this.position, this.position + taken), this.filled)
    this.position += taken
    this.filled += taken
    if (this.filled < length) return undefined
    const run = this.run
    this.run = undefined
    this.filled = 0
    return run
  }

  /**
   * The number of a line that is a type byte and up to nine digits, or −1: what nearly every line of a reply is. `undefined`,
   * and nothing is read, where it is not whole or anything else.
   */
  readCount(): number | undefined {
    const { chunk, end } = this
    let at = this.position + 1
    if (this.line.length > 0) return undefined
    const isMinusOne = chunk[at] === 0x2d && chunk[at + 1] === 0x31
    const first = at
    let count = 0
    if (isMinusOne) at += 2
    else {
      for (let digit = chunk[at]! - 48; digit >= 0 && digit <= 9; digit = chunk[++at]! - 48) count = count * 10 + digit
      if (at === first || at > first + 9) return undefined
    }
    if (at + 2 > end || chunk[at] !== CR || chunk[at + 1] !== LF) return undefined
    this.position = at + 2
    return isMinusOne ? -1 : count
  }

  /** A copy of the next `length` bytes, past the CR LF that ends them, where all of that is here; else `undefined`. */
  readWhole(length: number): Uint8Array | undefined {
    const start = this.skipWhole(length)
    return start < 0 ? undefined : Uint8Array.prototype.slice.call(this.chunk, start, start + length)
  }

  /** Where in the chunk the next `length` bytes begin, which are passed over with the CR LF that ends them; -1 where not all of that is here. */
  skipWhole(length: number): number {
    const { chunk, position } = this
    const stop = position + length
    if (this.run !== undefined || stop + 2 > this.end || chunk[stop] !== CR || chunk[stop + 1] !== LF) return -1
    this.position = stop + 2
    return position
  }

  /** Bytes that are kept of a line or a run under way. */
  get kept(): number {
    return this.line.length + (this.run === undefined ? 0 : this.run.length)
  }

  /** Whether the chunk has been read to its end. */
  get isDry(): boolean {
    return this.position >= this.end
  }

  /** Whether no line is under way. */
  get isBetweenLines(): boolean {
    return this.line.length === 0
  }

  /** The next byte without reading it; `undefined` at the chunk's end or in the middle of a line. */
  peek(): number | undefined {
    return this.line.length > 0 ? this.line[0] : this.position < this.end ? this.chunk[this.position] : undefined
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length)
  whole.set(a)
  whole.set(b, a.length)
  return whole
}
