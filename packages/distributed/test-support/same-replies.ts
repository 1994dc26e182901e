/**
 * The node's engine beside a real server: the same commands to both, the bytes of the replies compared. Several clients,
 * RESP2 or RESP3.
 */
import { afterAll, beforeAll, expect } from 'vitest'
import { NO_CONNECTION } from '../src/node/client-state.js'
import { NodeEngine } from '../src/node/node-engine.js'
import { ReplyWriter } from '../src/node/reply-writer.js'
import type { Command } from '../src/resp/reply.js'
import { type Frame, RawClient, splitFrames } from './raw-client.js'
import { type RedisServer, startRedisServer } from './redis-server.js'

/** A command and who sends it. */
export interface Step {
  readonly client?: number
  readonly command: Command
}

/** How far instants and times left may lie apart, ms: the two are asked one after the other. */
const TOLERANCE = 2000
const TIMED = /^(p?ttl|p?expiretime)$/i

export class SameReplies {
  private constructor(
    private readonly clients: readonly RawClient[],
    readonly protocol: 2 | 3,
  ) {}

  static async open(server: RedisServer, protocol: 2 | 3 = 2, clients = 1): Promise<SameReplies> {
    const open = Array.from({ length: clients }, () => RawClient.open(server.port))
    return new SameReplies(await Promise.all(open), protocol)
  }

  async close(): Promise<void> {
    for (const client of this.clients) await client.close()
  }

  /** The same commands by one client. */
  commands(commands: readonly Command[]): Promise<NodeEngine> {
    return this.steps(commands.map((command) => ({ command })))
  }

  /** The same commands by several, one after the other, from an empty store on; answers our engine as it was left. */
  async steps(steps: readonly Step[]): Promise<NodeEngine> {
    const hello: Command[] = [['RESET'], ['HELLO', String(this.protocol)]]
    for (const client of this.clients) await client.pipeline(hello)
    await this.clients[0]!.pipeline([['FLUSHALL'], ['SCRIPT', 'FLUSH']])
    const engine = new NodeEngine({ now: Date.now })
    const states = this.clients.map(() => engine.newClient(NO_CONNECTION))
    const writer = new ReplyWriter()
    const ours = (command: Command, client: number): Frame => {
      const reply = engine.answer(command.map(asBytes), states[client])
      writer.write(reply, states[client]!.protocol)
      return splitFrames(writer.take()).frames[0]!
    }
    for (const command of hello) for (const client of states.keys()) ours(command, client)

    for (let from = 0; from < steps.length; ) {
      const client = steps[from]!.client ?? 0
      let to = from + 1
      while (to < steps.length && (steps[to]!.client ?? 0) === client) to++
      const batch = steps.slice(from, to).map(({ command }) => command)
      const theirs = await this.clients[client]!.pipeline(batch)
      for (const [i, command] of batch.entries()) {
        const mine = ours(command, client)
        if (TIMED.test(shown(command[0]!)) && isNear(mine, theirs[i]!)) continue
        if (mine === theirs[i]) continue
        const told = { command: command.map(shown), step: from + i, protocol: this.protocol }
        expect({ ...told, reply: mine }).toEqual({ ...told, reply: theirs[i] })
      }
      from = to
    }
    return engine
  }
}

/** Beside a server of its own, as long as the tests of this block run. */
export function sameReplies(): { readonly same: SameReplies; readonly server: RedisServer } {
  let server: RedisServer
  let same: SameReplies
  beforeAll(async () => {
    server = await startRedisServer()
    same = await SameReplies.open(server)
  })
  afterAll(async () => {
    await same.close()
    await server.stop()
  })
  return {
    get same() {
      return same
    },
    get server() {
      return server
    },
  }
}

function isNear(a: Frame, b: Frame): boolean {
  const [left, right] = [a, b].map((frame) => Number(/^:(\d{4,})\r\n$/.exec(frame)?.[1] ?? Number.NaN))
  return Math.abs(left! - right!) <= TOLERANCE
}

const asBytes = (part: string | Uint8Array) => (typeof part === 'string' ? new TextEncoder().encode(part) : part)

function shown(part: string | Uint8Array): string {
  return typeof part === 'string' ? part : `0x${Buffer.from(part).toString('hex')}`
}
