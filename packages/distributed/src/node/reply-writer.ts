/**
 * Replies gathered into one buffer, so that all commands of a chunk are answered by one write. The commonest replies are
 * written in place; others go through the encoder. Knows no socket.
 */
import type { Answer } from '../resp/answer.js'
import { encodeReply } from '../resp/encode.js'

const FIRST_BYTES = 64 * 1024
/** A larger scratch buffer is let go once it has been taken from. */
const KEPT_BYTES = 1024 * 1024
const CR = 13
const LF = 10
const DOLLAR = 0x24
const COLON = 0x3a
const OK = Buffer.from('+OK\r\n')
const NULL_2 = Buffer.from('$-1\r\n')
const NULL_3 = Buffer.from('_\r\n')

export class ReplyWriter {
  private buffer = Buffer.allocUnsafe(FIRST_BYTES)
  private end = 0

  /** Bytes gathered since they were last taken. */
  get length(): number {
    return this.end
  }

  /** Copies the reply in: its bytes may change afterwards. */
  write(reply: Answer, protocol: 2 | 3): void {
    if (reply instanceof Uint8Array) {
      this.reserve(reply.length + 24)
      this.header(DOLLAR, reply.length)
      this.buffer.set(reply, this.end)
      this.end += reply.length
      this.lineEnd()
    } else if (reply === 'OK') this.bytes(OK)
    else if (reply === null) this.bytes(protocol === 3 ? NULL_3 : NULL_2)
    else if (typeof reply === 'number' && Number.isSafeInteger(reply)) {
      this.reserve(24)
      this.header(COLON, reply)
    } else this.bytes(encodeReply(reply, protocol))
  }

  /** What was gathered, in a buffer of its own. */
  take(): Buffer {
    const taken = Buffer.from(this.buffer.subarray(0, this.end))
    this.drop()
    return taken
  }

  /** Forgets what was gathered. */
  drop(): void {
    this.end = 0
    if (this.buffer.length > KEPT_BYTES) this.buffer = Buffer.allocUnsafe(FIRST_BYTES)
  }

  private header(type: number, value: number): void {
    this.buffer[this.end++] = type
    if (value >= 0 && value < 10) this.buffer[this.end++] = 0x30 + value
    else this.end += this.buffer.write(String(value), this.end, 'latin1')
    this.lineEnd()
  }

  private lineEnd(): void {
    this.buffer[this.end++] = CR
    this.buffer[this.end++] = LF
  }

  private bytes(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.end)
    this.end += bytes.length
  }

  private reserve(bytes: number): void {
    if (this.end + bytes <= this.buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.end + bytes, this.buffer.length * 2))
    larger.set(this.buffer.subarray(0, this.end))
    this.buffer = larger
  }
}
