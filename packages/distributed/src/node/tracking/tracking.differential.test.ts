/** Client tracking over sockets, beside a real server: the same bytes to every client, pushes among them. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Frame, splitFrames } from '../../../test-support/raw-client.js'
import { type RedisServer, requireRedis, startRedisServer } from '../../../test-support/redis-server.js'
import { encodeCommand } from '../../resp/encode.js'
import type { Command } from '../../resp/reply.js'
import { CacheNode } from '../cache-node.js'

const CLIENTS = 3

/** A connection that tells all that has come before the answer to a PING. */
class Listener {
  private rest: Uint8Array = new Uint8Array(0)
  private frames: Frame[] = []
  private wake: () => void = () => {}

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => {
      const { frames, rest } = splitFrames(Buffer.concat([this.rest, chunk]))
      this.rest = Buffer.from(rest)
      this.frames.push(...frames)
      this.wake()
    })
  }

  static async open(port: number): Promise<Listener> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new Listener(socket)
  }

  async send(...commands: Command[]): Promise<Frame[]> {
    this.socket.write(Buffer.concat([...commands, ['ECHO', 'the end']].map(encodeCommand)))
    while (!this.isWhole()) await new Promise<void>((resolve) => (this.wake = resolve))
    return this.frames.splice(0)
  }

  close(): void {
    this.socket.destroy()
  }

  private isWhole(): boolean {
    return this.frames.includes('$7\r\nthe end\r\n') || this.frames.includes('+QUEUED\r\n')
  }
}

const key = fc.constantFrom('a', 'aa', 'b', 'bc', 'c')
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom('GET', 'STRLEN', 'EXISTS', 'TTL', 'TYPE', 'GETEX', 'TOUCH'), key) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('MGET'), key, key, key) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('SET'), key, fc.constantFrom('1', '2')) },
  fc.tuple(fc.constantFrom('DEL', 'GETDEL', 'INCR', 'PERSIST', 'UNLINK'), key),
  fc.tuple(fc.constantFrom('RENAME', 'COPY', 'RENAMENX'), key, key),
  fc.tuple(fc.constant('MSET'), key, fc.constant('1'), key, fc.constant('2')),
  fc.tuple(fc.constantFrom('EXPIRE', 'APPEND'), key, fc.constant('1000')),
  fc.constantFrom<Command>(['FLUSHALL'], ['FLUSHDB'], ['CLIENT', 'TRACKINGINFO'], ['CLIENT', 'GETREDIR']),
  {
    weight: 3,
    arbitrary: fc.constantFrom<Command>(
      ['CLIENT', 'TRACKING', 'ON'],
      ['CLIENT', 'TRACKING', 'on', 'noloop'],
      ['CLIENT', 'TRACKING', 'ON', 'OPTIN'],
      ['CLIENT', 'TRACKING', 'ON', 'OPTOUT', 'NOLOOP'],
      ['CLIENT', 'TRACKING', 'ON', 'BCAST'],
      ['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'a', 'PREFIX', 'b'],
      ['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'a', 'NOLOOP'],
      ['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'aa', 'PREFIX', 'a'],
      ['CLIENT', 'TRACKING', 'ON', 'PREFIX', 'a'],
      ['CLIENT', 'TRACKING', 'ON', 'BCAST', 'OPTIN'],
      ['CLIENT', 'TRACKING', 'ON', 'OPTOUT', 'OPTIN'],
      ['CLIENT', 'TRACKING', 'ON', 'FOO'],
      ['CLIENT', 'TRACKING', 'MAYBE'],
      ['CLIENT', 'TRACKING', 'OFF'],
      ['CLIENT', 'TRACKING'],
      ['CLIENT', 'CACHING', 'YES'],
      ['CLIENT', 'CACHING', 'NO'],
      ['CLIENT', 'CACHING', 'WELL'],
      ['CLIENT', 'CACHING'],
    ),
  },
)

describe.runIf(requireRedis())('tracking clients hear what a server would tell them', () => {
  let server: RedisServer
  let node: CacheNode
  const theirs: Listener[] = []
  const ours: Listener[] = []

  beforeAll(async () => {
    server = await startRedisServer()
    node = new CacheNode({ port: 0 })
    await node.start()
    for (let i = 0; i < CLIENTS; i++) {
      theirs.push(await Listener.open(server.port))
      ours.push(await Listener.open(node.port))
    }
  })
  afterAll(async () => {
    for (const client of [...theirs, ...ours]) client.close()
    await node.stop()
    await server.stop()
  })

  async function heard(clients: readonly Listener[], steps: readonly { who: number; commands: Command[] }[]) {
    for (const client of clients) await client.send(['RESET'], ['CLIENT', 'TRACKING', 'OFF'], ['FLUSHALL'])
    for (const client of clients) await client.send(['HELLO', '3'])
    const all: unknown[] = []
    for (const { who, commands } of steps) {
      all.push({ who, commands, frames: await clients[who]!.send(...commands) })
      for (const [i, client] of clients.entries()) {
        if (i !== who) all.push({ to: i, after: commands, frames: await client.send() })
      }
    }
    return all
  }

  it('in every mode, command by command and in pipelines', async () => {
    const steps = fc.array(
      fc.record({ who: fc.nat(CLIENTS - 1), commands: fc.array(command, { minLength: 1, maxLength: 4 }) }),
      { minLength: 1, maxLength: 25 },
    )
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        expect(await heard(ours, steps)).toEqual(await heard(theirs, steps))
      }),
      { numRuns: 150, seed: 20261125 },
    )
  })

  it('in and after a transaction', async () => {
    const inside = fc.array(
      command.filter(([name]) => name !== 'FLUSHALL' && name !== 'FLUSHDB'),
      { maxLength: 5 },
    )
    const mode = fc.constantFrom([], ['BCAST'], ['OPTIN'], ['NOLOOP'], ['OPTOUT'])
    await fc.assert(
      fc.asyncProperty(mode, mode, fc.boolean(), inside, async (mine, others, cached, commands) => {
        const steps = [
          { who: 0, commands: [['CLIENT', 'TRACKING', 'ON', ...mine]] },
          {
            who: 1,
            commands: [
              ['CLIENT', 'TRACKING', 'ON', ...others],
              ['MGET', 'a', 'b', 'c'],
            ],
          },
          { who: 0, commands: [...(cached ? [['CLIENT', 'CACHING', 'YES']] : []), ['MULTI'], ...commands, ['EXEC']] },
          { who: 2, commands: [['MSET', 'a', '1', 'aa', '2', 'b', '3', 'bc', '4', 'c', '5']] },
        ]
        expect(await heard(ours, steps)).toEqual(await heard(theirs, steps))
      }),
      { numRuns: 100, seed: 20261125 },
    )
  })
})
