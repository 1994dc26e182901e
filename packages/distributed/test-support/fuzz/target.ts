/** A node without its sockets, as sessions drive it: bytes in, replies out, both checked. */
import { CacheSerializationError } from '@mtaio/exceptions'
import { NO_CONNECTION } from '../../src/node/client-state.js'
import { NodeEngine } from '../../src/node/node-engine.js'
import { ReplyWriter } from '../../src/node/reply-writer.js'
import { encodeReply } from '../../src/resp/encode.js'
import { type Reply, ReplyError } from '../../src/resp/reply.js'
import { ReplyDecoder } from '../../src/resp/reply-decoder.js'
import { RequestDecoder } from '../../src/resp/request-decoder.js'

const MAX_MEMORY = 2 * 2 ** 20
const MAX_ENTRIES = 300
const MAX_TRACKED = 500
const LIMITS = { maxBulkBytes: 2 ** 20, maxRequestBytes: 2 ** 16, maxLineBytes: 2 ** 12 }
const MAX_HELD = LIMITS.maxRequestBytes + LIMITS.maxLineBytes
const THE_END = Buffer.from('+the end\r\n')

export class FuzzTarget {
  now = 1_700_000_000_000
  readonly engine = new NodeEngine({
    now: () => this.now,
    // No pause ends by itself.
    setTimer: () => () => {},
    maxMemory: MAX_MEMORY,
    maxSize: MAX_ENTRIES,
    maxTracked: MAX_TRACKED,
  })
  private readonly writer = new ReplyWriter()

  /**
   * Feeds the pieces to a client of its own.
   *
   * @returns what was seen: kinds of replies by command, by which inputs are told from those that show nothing new
   * @throws Error when something is wrong: an exception, replies that are none, bounds that do not hold
   */
  feed(pieces: readonly Uint8Array[]): string[] {
    const { engine, writer } = this
    let pushed = 0
    const client = engine.newClient({
      ...NO_CONNECTION,
      push(message) {
        pushed++
        if (encodeReply(message, 3)[0] !== 0x3e) throw new Error('a push is none')
      },
    })
    const seen: string[] = []
    const decoder = new RequestDecoder({
      onFrame: (frame) => !client.closing && engine.answerHot(frame, client, writer),
      onCommand: (parts) => {
        if (client.closing) return
        const reply = engine.answer(parts, client)
        seen.push(`${client.lastCommand} ${kindOf(reply)}`)
        writer.write(reply, client.protocol)
        engine.settle()
      },
      limits: LIMITS,
    })
    try {
      for (const piece of pieces) {
        decoder.write(piece)
        if (decoder.held > MAX_HELD) throw new Error('more is held of a request than may be')
      }
    } catch (error) {
      if (!(error instanceof CacheSerializationError)) throw error
      seen.push(`refused ${error.message.slice(0, 40).split("'")[0]}`)
    } finally {
      engine.rest()
      engine.release(client)
    }
    checkReplies(writer.take())
    this.checkBounds()
    if (pushed > 0) seen.push('pushed')
    return seen
  }

  private checkBounds(): void {
    const { store, tracking } = this.engine
    if (store.memory > MAX_MEMORY || store.size > MAX_ENTRIES) throw new Error('the store is beyond its bounds')
    if (tracking.tracked > MAX_TRACKED) throw new Error('more is tracked than may be')
    if (tracking.clients > 0 || store.watches.size > 0) throw new Error('a client that is gone has left something')
  }
}

function checkReplies(bytes: Uint8Array): void {
  if (bytes.length === 0) return
  // A reply more: it is read as one, if those before were whole.
  let last: Reply = null
  const decoder = new ReplyDecoder({ onReply: (reply) => (last = reply), limits: { maxDepth: 64 } })
  decoder.write(bytes)
  decoder.write(THE_END)
  if (last !== 'the end') throw new Error(`replies that are not whole: ${JSON.stringify(String(Buffer.from(bytes)))}`)
}

function kindOf(reply: unknown): string {
  if (reply instanceof ReplyError) return reply.message.slice(0, 24).split("'")[0]!
  if (reply === null || typeof reply !== 'object') return typeof reply
  return reply.constructor.name
}

/** The commands of a stream, cut as it is given; a refusal is the last of them. */
export function decoded(pieces: readonly Uint8Array[], isStranger = false): string {
  const commands: string[] = []
  const decoder = new RequestDecoder({
    onCommand: (parts) => commands.push(parts.map((part) => Buffer.from(part).toString('latin1')).join('\x01')),
    limits: { ...LIMITS, maxRequestBytes: 2 ** 12 },
  })
  decoder.isStranger = isStranger
  try {
    for (const piece of pieces) decoder.write(piece)
  } catch (error) {
    commands.push(String(error))
  }
  return commands.join('\x02')
}
