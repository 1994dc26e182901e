/** Workers: the same replies as a server's, whoever holds the sockets; and what becomes of clients when one dies. */
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Frame, RawClient } from '../../test-support/raw-client.js'
import { type RedisServer, requireRedis, startRedisServer } from '../../test-support/redis-server.js'
import type { Command } from '../resp/reply.js'
import { CacheNode } from './cache-node.js'

vi.mock('./sockets/worker-file.js', async () => (await import('../../test-support/build-worker.js')).builtWorkerFile())

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.stop()
})

async function started(options = {}): Promise<CacheNode> {
  const node = new CacheNode({ port: 0, workers: 2, ...options })
  await node.start()
  open.push(node)
  return node
}

async function clientsOf(port: number, count: number): Promise<RawClient[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => RawClient.open(port)))
  for (const client of clients) open.push({ stop: () => client.close() })
  return clients
}

/** Processes that this one has started. */
function children(): number[] {
  const told = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  return [...told.matchAll(/^\s*(\d+) .*socket-worker/gm)].map(([, pid]) => Number(pid))
}

const key = fc.constantFrom('a', 'b', 'c')
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.tuple(fc.constant('SET'), key, fc.string({ maxLength: 300 })),
  fc.tuple(fc.constantFrom('GET', 'INCR', 'DEL', 'STRLEN', 'TTL', 'WATCH', 'TYPE', 'GETDEL'), key),
  fc.tuple(fc.constant('APPEND'), key, fc.constantFrom('1', 'x'.repeat(70_000))),
  fc.tuple(fc.constant('MGET'), key, key),
  fc.tuple(fc.constant('MSET'), key, fc.string(), key, fc.string()),
  fc.tuple(fc.constant('RENAME'), key, key),
  fc.constantFrom(['MULTI'], ['EXEC'], ['DISCARD'], ['UNWATCH'], ['DBSIZE'], ['FLUSHALL'], ['NONSENSE', 'a'], ['GET']),
)

describe.runIf(requireRedis())('a node with workers answers as a server does', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedisServer()
    return () => server.stop()
  })

  it('law: to several clients, held by different workers, whatever they send together', async () => {
    const node = await started()
    const [theirs, ours] = [await clientsOf(server.port, 4), await clientsOf(node.port, 4)]
    const step = fc.record({ client: fc.nat(3), commands: fc.array(command, { minLength: 1, maxLength: 8 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.constantFrom('2', '3'), async (steps, protocol) => {
        for (const clients of [theirs, ours]) {
          for (const client of clients) await client.pipeline([['RESET'], ['HELLO', protocol]])
          await clients[0]!.pipeline([['FLUSHALL']])
        }
        for (const { client, commands } of steps) {
          const [their, our] = (await Promise.all(
            [theirs, ours].map((clients) => clients[client]!.pipeline(commands)),
          )) as [Frame[], Frame[]]
          expect({ commands, frames: our }).toEqual({ commands, frames: their })
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('workers', () => {
  it('read, write and notify for clients that track, whichever of them holds these', async () => {
    const node = await started()
    const clients = await clientsOf(node.port, 4)
    for (const client of clients) {
      await client.pipeline([
        ['HELLO', '3'],
        ['CLIENT', 'TRACKING', 'ON'],
        ['GET', 'a'],
      ])
    }
    const told = clients.slice(1).map((client) => client.raw(new Uint8Array(0), 1))
    expect(await clients[0]!.pipeline([['SET', 'a', '1'], ['PING']])).toContain('+OK\r\n')
    for (const frames of await Promise.all(told)) {
      expect(frames).toEqual(['>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n'])
    }
  })

  it('take the connections of their clients with them when they die, and are replaced', async () => {
    const died: string[] = []
    const logger = { info: () => {}, warn: () => {}, error: (_: unknown, message: string) => died.push(message) }
    const node = await started({ logger })
    const clients = await clientsOf(node.port, 4)
    for (const client of clients) await client.pipeline([['SET', 'a', '1']])
    const [first] = children()
    const closed = clients.map((client) => new Promise<void>((resolve) => client.socket.once('close', () => resolve())))
    process.kill(first!, 'SIGKILL')
    await Promise.race(closed)
    while (node.getStats().clients > 2) await new Promise(setImmediate)
    const alive = clients.filter(({ socket }) => !socket.destroyed)
    expect(alive).toHaveLength(2)
    for (const client of alive) expect(await client.pipeline([['GET', 'a']])).toEqual(['$1\r\n1\r\n'])
    expect(died).toEqual(['a worker has ended, and is replaced'])
    const [again] = await clientsOf(node.port, 1)
    expect(await again!.pipeline([['GET', 'a']])).toEqual(['$1\r\n1\r\n'])
  })

  it('answer what was asked before the client ended its side', async () => {
    const node = await started()
    const [client] = await clientsOf(node.port, 1)
    const answered = client!.raw(Buffer.from('SET a 1\r\nGET a\r\n'), 2)
    client!.socket.end()
    expect(await answered).toEqual(['+OK\r\n', '$1\r\n1\r\n'])
  })

  it('are gone when the node has stopped', async () => {
    const node = await started()
    const before = children()
    expect(before.length).toBeGreaterThanOrEqual(2)
    await node.stop()
    while (children().some((pid) => before.includes(pid))) await new Promise(setImmediate)
  })
})
