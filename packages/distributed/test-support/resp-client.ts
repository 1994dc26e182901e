/** A small RESP client for tests: one connection, replies in order. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encodeCommand } from '../src/resp/encode.js'
import { type Command, type Reply, ReplyError } from '../src/resp/reply.js'
import { ReplyDecoder } from '../src/resp/reply-decoder.js'

export class RespClient {
  private readonly waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = []
  readonly closed: Promise<void>

  private constructor(readonly socket: Socket) {
    const decoder = new ReplyDecoder({ onReply: (reply) => this.waiting.shift()?.resolve(reply) })
    socket.on('data', (chunk) => decoder.write(chunk))
    socket.on('error', () => socket.destroy())
    this.closed = new Promise((resolve) =>
      socket.on('close', () => {
        for (const { reject } of this.waiting.splice(0)) reject(new Error('the connection has closed'))
        resolve()
      }),
    )
  }

  static async open(port: number, host = '127.0.0.1'): Promise<RespClient> {
    const socket = connect(port, host)
    await once(socket, 'connect')
    return new RespClient(socket)
  }

  /** Sends a command and answers its reply; an error reply is a value. Rejects when the connection closes first. */
  send(...command: Command): Promise<Reply> {
    return this.pipeline([command]).then(([reply]) => reply!)
  }

  /** Sends several commands in one write. */
  pipeline(commands: readonly Command[]): Promise<Reply[]> {
    const replies = commands.map(() => this.next())
    this.socket.write(Buffer.concat(commands.map(encodeCommand)))
    return Promise.all(replies)
  }

  /** The reply to something that was written by hand. */
  next(): Promise<Reply> {
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }))
  }

  close(): Promise<void> {
    this.socket.destroy()
    return this.closed
  }
}

/** A reply as plain values that tests compare: bytes as latin1 text, errors as `{ error }`, maps as arrays of pairs. */
export function plain(reply: Reply): unknown {
  if (reply instanceof Uint8Array) return { bytes: Buffer.from(reply).toString('latin1') }
  if (reply instanceof ReplyError) return { error: reply.message }
  if (reply instanceof Map) return [...reply].map(([key, value]) => [plain(key), plain(value)])
  return Array.isArray(reply) ? reply.map(plain) : reply
}
