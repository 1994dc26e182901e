/** Bounds on what clients make the node hold before a request can be run. */
import fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { plain, RespClient } from '../../test-support/resp-client.js'
import { PART_BYTES } from '../resp/limits.js'
import { CacheNode } from './cache-node.js'
import { HeldRequests } from './held-requests.js'
import type { CacheNodeOptions } from './node-options.js'

vi.mock('./sockets/worker-file.js', async () => (await import('../../test-support/build-worker.js')).builtWorkerFile())

let workers = 0
const open: { stop(): Promise<void> }[] = []
const warned: string[] = []
const logger = { info: () => {}, warn: (_: unknown, message: string) => warned.push(message), error: () => {} }

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.stop()
  warned.length = 0
})

async function started(options: CacheNodeOptions): Promise<CacheNode> {
  const node = new CacheNode({ port: 0, workers, logger, ...options })
  await node.start()
  open.push(node)
  return node
}

async function connected(node: CacheNode): Promise<RespClient> {
  const client = await RespClient.open(node.port)
  open.push({ stop: () => client.close() })
  return client
}

/** Sends, and waits until the node has read it. */
async function sent(client: RespClient, other: RespClient, bytes: Uint8Array | string): Promise<void> {
  await new Promise<void>((resolve) => client.socket.write(bytes, () => resolve()))
  for (let i = 0; i < 3; i++) await other.send('PING')
}

const MB = 2 ** 20
const error = (message: string) => ({ error: message })

describe('HeldRequests', () => {
  it('law: never more than may be, and whoever goes held most, strangers first', () => {
    const step = fc.record({ who: fc.nat(9), bytes: fc.nat(400) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const held = new HeldRequests(1000)
        const model = new Map<number, number>()
        const holders = Array.from({ length: 10 }, (_, id) => ({
          isStranger: id < 3,
          giveUpRequest() {
            const strangers = [...model].filter(([other]) => other < 3)
            const most = Math.max(...(strangers.length > 0 ? strangers : [...model]).map(([, bytes]) => bytes))
            expect(model.get(id)).toBe(most)
            expect(id < 3).toBe(strangers.length > 0)
            model.delete(id)
          },
        }))
        for (const { who, bytes } of steps) {
          if (bytes === 0) model.delete(who)
          else model.set(who, bytes)
          held.set(holders[who]!, bytes)
          const sum = [...model.values()].reduce((all, each) => all + each, 0)
          expect(held.bytes).toBe(sum)
          expect(sum).toBeLessThanOrEqual(1000)
        }
      }),
    )
  })
})

describe.each([0, 2])('a node with %i workers', (count) => {
  beforeAll(() => {
    workers = count
  })

  it('takes no request that is longer together than may be, however it is cut', async () => {
    // Values of up to 8 MB, requests of up to 16 MB.
    const node = await started({ maxMemory: 8 * MB })
    const client = await connected(node)
    const words = Buffer.from(`*5\r\n$4\r\nMSET\r\n$1\r\na\r\n$${6 * MB}\r\n`)
    const reply = client.next()
    client.socket.write(words)
    client.socket.write(Buffer.alloc(6 * MB, 'v'))
    client.socket.write(`\r\n$1\r\nb\r\n$${8 * MB}\r\n`)
    const fits = await connected(node)
    expect(plain(await fits.send('PING'))).toBe('PONG')
    client.socket.write(`${'v'.repeat(8 * MB)}\r\n`)
    expect(plain(await reply)).toMatchObject({ error: expect.stringMatching(/^OOM /) })
    const refused = client.next()
    client.socket.write(`*3\r\n$4\r\nMGET\r\n$${8 * MB}\r\n`)
    client.socket.write('k'.repeat(8 * MB))
    client.socket.write(`\r\n$${8 * MB}\r\n`)
    expect(plain(await refused)).toEqual(error('ERR Protocol error: too big request'))
    await client.closed
  })

  it('lets strangers hold no more than a login takes', async () => {
    const node = await started({ password: 'sesame' })
    for (const [bytes, message] of [
      ['*11\r\n', 'ERR Protocol error: unauthenticated multibulk length'],
      ['*2\r\n$4\r\nAUTH\r\n$16385\r\n', 'ERR Protocol error: unauthenticated bulk length'],
    ] as const) {
      const client = await connected(node)
      const reply = client.next()
      client.socket.write(bytes)
      expect(plain(await reply)).toEqual(error(message))
      await client.closed
    }
    // The same once it has logged in, even in one write; and not after it has logged out.
    const client = await connected(node)
    const replies = [client.next(), client.next(), client.next(), client.next()]
    const long = `*3\r\n$3\r\nSET\r\n$1\r\na\r\n$16385\r\n${'v'.repeat(16_385)}\r\n`
    client.socket.write(`AUTH sesame\r\n${long}RESET\r\n${long}`)
    expect((await Promise.all(replies)).map(plain)).toEqual([
      'OK',
      'OK',
      'RESET',
      error('ERR Protocol error: unauthenticated bulk length'),
    ])
  })

  it('lets go of whoever holds most when all together hold too much', async () => {
    // Requests of up to 16 MB, all unfinished ones of up to 32 MB.
    const node = await started({ maxMemory: MB })
    const [first, second, third, other] = await Promise.all([1, 2, 3, 4].map(() => connected(node)))
    const lengths = [7, 15, 11]
    for (const [i, client] of [first!, second!, third!].entries()) {
      // Keys that are watched and commands that wait count as well as what is not whole.
      const parts = Array.from({ length: lengths[i]! }, () => `$${MB}\r\n${'x'.repeat(MB)}\r\n`).join('')
      await sent(client, other!, `*${lengths[i]! + 1}\r\n${parts}`)
    }
    await second!.closed
    expect(warned).toEqual(['client dropped: unfinished requests take too much'])
    expect(plain(await other!.send('PING'))).toBe('PONG')
    const replies = [first!.next(), third!.next()]
    for (const client of [first!, third!]) client.socket.write('$1\r\nx\r\n')
    for (const reply of replies) {
      expect(plain(await reply)).toMatchObject({ error: expect.stringMatching(/^ERR unknown command/) })
    }
  })

  it('counts what a transaction has queued until it has run', async () => {
    const node = await started({ maxMemory: MB })
    const [first, second, other] = await Promise.all([1, 2, 3].map(() => connected(node)))
    await first!.send('MULTI')
    const value = 'v'.repeat(MB / 2)
    for (let i = 0; i < 40; i++) expect(plain(await first!.send('SET', `k${i}`, value))).toBe('QUEUED')
    await sent(second!, other!, `*30\r\n${`$${MB}\r\n${'x'.repeat(MB)}\r\n`.repeat(13)}`)
    await first!.closed
    expect(plain(await other!.send('DBSIZE'))).toBe(0)
    expect(40 * (MB / 2 + 3 * PART_BYTES) + 13 * MB).toBeGreaterThan(32 * MB)
  })
})
