/**
 * Commands as bytes, one after another in as few chunks as can be: small parts are written into a buffer that many commands
 * share, large ones are passed on as they are, without a copy. Pure: knows no socket.
 */
import type { Command } from './reply.js'

const CHUNK = 65_536
/** From here on a part is a chunk of its own: copying it would cost more than another chunk. */
const LARGE = 4096
const MOST_DIGITS = 12
const encoder = new TextEncoder()

export class CommandWriter {
  private buffer = new Uint8Array(CHUNK)
  /** What of the buffer is handed out already, and what is written. */
  private from = 0
  private at = 0
  private chunks: Uint8Array[] = []

  /** Bytes of arrays must not be changed until they were sent. Strings are UTF-8. */
  write(command: Command): void {
    this.header(0x2a, command.length)
    for (const part of command) {
      if (typeof part === 'string') this.text(part)
      else this.bytes(part)
    }
  }

  get isEmpty(): boolean {
    return this.chunks.length === 0 && this.at === this.from
  }

  /** What was written since the last time, in order. */
  take(): Uint8Array[] {
    this.cut()
    const { chunks } = this
    this.chunks = []
    return chunks
  }

  private text(text: string): void {
    const { length } = text
    if (length * 3 >= LARGE) return this.bytes(encoder.encode(text))
    // One byte a character, unless it turns out otherwise.
    this.room(MOST_DIGITS + length * 3 + 4)
    const start = this.at
    this.header(0x24, length)
    const { buffer } = this
    let { at } = this
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) {
        this.at = start
        return this.bytes(encoder.encode(text))
      }
      buffer[at++] = code
    }
    buffer[at] = 13
    buffer[at + 1] = 10
    this.at = at + 2
  }

  private bytes(bytes: Uint8Array): void {
    const { length } = bytes
    this.header(0x24, length)
    if (length < LARGE) {
      this.room(length + 2)
      this.buffer.set(bytes, this.at)
      this.at += length
    } else {
      this.cut()
      this.chunks.push(bytes)
      this.room(2)
    }
    this.buffer[this.at] = 13
    this.buffer[this.at + 1] = 10
    this.at += 2
  }

  private header(type: number, length: number): void {
    this.room(MOST_DIGITS + 3)
    const { buffer } = this
    buffer[this.at++] = type
    if (length < 10) buffer[this.at++] = 48 + length
    else {
      const digits = String(length)
      for (let i = 0; i < digits.length; i++) buffer[this.at++] = digits.charCodeAt(i)
    }
    buffer[this.at] = 13
    buffer[this.at + 1] = 10
    this.at += 2
  }

  private room(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return
    this.cut()
    // What was handed out belongs to the socket until it is sent: it is not written into again.
    this.buffer = new Uint8Array(CHUNK)
    this.from = this.at = 0
  }

  private cut(): void {
    if (this.at > this.from) this.chunks.push(this.buffer.subarray(this.from, this.at))
    this.from = this.at
  }
}

/** About how many bytes a command has: exact but for what UTF-8 makes of characters beyond ASCII. */
export function commandLength(command: Command): number {
  let length = 0
  for (const part of command) length += part.length
  return length + command.length * 8
}
