/** A client for tests that keeps replies as the bytes they were sent in. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encodeCommand } from '../src/resp/encode.js'
import type { Command } from '../src/resp/reply.js'

/** One reply as it is on the wire, a character for each byte. */
export type Frame = string

export class RawClient {
  private buffer = Buffer.alloc(0)
  private wanted = 0
  private frames: Frame[] = []
  private settle: ((frames: Frame[]) => void) | undefined

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => this.read(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.answer())
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** Sends commands in one write and waits for as many replies; fewer when the connection closes. */
  pipeline(commands: readonly Command[]): Promise<Frame[]> {
    return this.raw(Buffer.concat(commands.map(encodeCommand)), commands.length)
  }

  /** Sends bytes as they are and waits for so many replies. */
  raw(bytes: Uint8Array, replies: number): Promise<Frame[]> {
    this.wanted = replies
    this.frames = []
    return new Promise((resolve) => {
      this.settle = resolve
      if (replies === 0) this.answer()
      this.socket.write(bytes)
    })
  }

  close(): Promise<void> {
    const closed = this.socket.closed ? Promise.resolve() : once(this.socket, 'close').then(() => {})
    this.socket.destroy()
    return closed
  }

  private read(chunk: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, chunk])
    const { frames, rest } = splitFrames(this.buffer)
    this.buffer = Buffer.from(rest)
    this.frames.push(...frames)
    if (this.frames.length >= this.wanted) this.answer()
  }

  private answer(): void {
    this.settle?.(this.frames)
    this.settle = undefined
  }
}

/** Cuts a stream into whole replies and what is left over. */
export function splitFrames(stream: Uint8Array): { frames: Frame[]; rest: Uint8Array } {
  const text = Buffer.from(stream).toString('latin1')
  const frames: Frame[] = []
  let at = 0
  for (let end = frameEnd(text, 0); end >= 0; end = frameEnd(text, at)) {
    frames.push(text.slice(at, end))
    at = end
  }
  return { frames, rest: stream.subarray(at) }
}

/** Where the reply that begins at `at` ends; -1 when it is not whole. */
function frameEnd(text: string, at: number): number {
  const lineEnd = text.indexOf('\r\n', at)
  if (lineEnd < 0) return -1
  const type = text[at]!
  const count = Number(text.slice(at + 1, lineEnd))
  let end = lineEnd + 2
  if ('$=!'.includes(type) && count >= 0) {
    end += count + 2
    return end <= text.length ? end : -1
  }
  if (!'*~>%|'.includes(type)) return end
  const elements = '%|'.includes(type) ? count * 2 : count
  for (let i = 0; i < elements; i++) {
    end = frameEnd(text, end)
    if (end < 0) return -1
  }
  return end
}
