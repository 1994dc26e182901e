/**
 * Replies gathered into one buffer, so that all commands of a chunk are answered by one write. The commonest replies are
 * written in place; others go through the encoder. Knows no socket.
 */
import type { Answer } from '../resp/answer.js'
import { encodeReply } from '../resp/encode.js'
import { copyBytes } from './store/copy-bytes.js'

const FIRST_BYTES = 64 * 1024
/** A larger scratch buffer is let go once it has been taken from. */
const KEPT_BYTES = 1024 * 1024
/** Numbers below are written digit by digit. */
const MOST_COUNTED = 1e9
const CR = 13
const LF = 10
const DOLLAR = 0x24
const COLON = 0x3a
const STAR = 0x2a
const OK = new TextEncoder().encode('+OK\r\n')
const NULL_2 = new TextEncoder().encode('$-1\r\n')
const NULL_3 = new TextEncoder().encode('_\r\n')

export class ReplyWriter {
  // Not a Buffer: views of one cost several times those of plain bytes.
  private buffer = new Uint8Array(FIRST_BYTES)
  private end = 0

  /** Bytes gathered since they were last taken. */
  get length(): number {
    return this.end
  }

  /** Copies the reply in: its bytes may change afterwards. */
  write(reply: Answer, protocol: 2 | 3): void {
    if (reply === 'OK') this.bytes(OK)
    else if (reply === null) this.bytes(protocol === 3 ? NULL_3 : NULL_2)
    else if (typeof reply === 'number' && Number.isSafeInteger(reply)) {
      this.reserve(24)
      this.header(COLON, reply)
    } else if (reply instanceof Uint8Array) this.writeBulk(reply, 0, reply.length)
    else this.bytes(encodeReply(reply, protocol))
  }

  /** What comes before the elements of an array. */
  writeArray(count: number): void {
    this.reserve(24)
    this.header(STAR, count)
  }

  /** A bulk string that lies among other bytes. */
  writeBulk(bytes: Uint8Array, start: number, length: number): void {
    this.reserve(length + 24)
    this.header(DOLLAR, length)
    copyBytes(bytes, start, length, this.buffer, this.end)
    this.end += length
    this.lineEnd()
  }

  /** What was gathered, in a buffer of its own. */
  take(): Buffer {
    const taken = Buffer.allocUnsafe(this.end)
    copyBytes(this.buffer, 0, this.end, taken, 0)
    this.drop()
    return taken
  }

  /** Forgets what was gathered. */
  drop(): void {
    this.end = 0
    if (this.buffer.length > KEPT_BYTES) this.buffer = new Uint8Array(FIRST_BYTES)
  }

  private header(type: number, value: number): void {
    this.buffer[this.end++] = type
    if (value >= 0 && value < 10) this.buffer[this.end++] = 0x30 + value
    else if (value >= 0 && value < MOST_COUNTED) this.digits(value)
    else for (const character of String(value)) this.buffer[this.end++] = character.charCodeAt(0)
    this.lineEnd()
  }

  private digits(value: number): void {
    let power = 10
    while (power * 10 <= value) power *= 10
    for (let rest = value; power >= 1; power /= 10) {
      const digit = Math.trunc(rest / power)
      this.buffer[this.end++] = 0x30 + digit
      rest -= digit * power
    }
  }

  private lineEnd(): void {
    this.buffer[this.end++] = CR
    this.buffer[this.end++] = LF
  }

  private bytes(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    copyBytes(bytes, 0, bytes.length, this.buffer, this.end)
    this.end += bytes.length
  }

  private reserve(bytes: number): void {
    if (this.end + bytes <= this.buffer.length) return
    const larger = new Uint8Array(Math.max(this.end + bytes, this.buffer.length * 2))
    larger.set(this.buffer.subarray(0, this.end))
    this.buffer = larger
  }
}
