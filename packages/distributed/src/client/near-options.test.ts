/** What a near cache cannot be, and what it cannot stand before. */
import { createServer, type Socket } from 'node:net'
import { CacheConfigError } from '@mtaio/exceptions'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { encodeReply } from '../resp/encode.js'
import { ReplyError } from '../resp/reply.js'
import { RequestDecoder } from '../resp/request-decoder.js'
import { DistributedCache } from './distributed-cache.js'
import type { DistributedCacheOptions } from './options.js'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A server of before RESP3: it knows no HELLO, and finds nothing. */
async function startOldServer(): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    const decoder = new RequestDecoder({
      onCommand: ([name, ...rest]) => {
        const word = Buffer.from(name!).toString()
        const known = word === 'MGET' ? rest.map(() => null) : word === 'PING' ? 'PONG' : undefined
        socket.write(encodeReply(known ?? new ReplyError(`ERR unknown command '${word}'`), 2))
      },
    })
    socket.on('data', (chunk) => decoder.write(chunk))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as { port: number }).port
}

function open(options: DistributedCacheOptions): DistributedCache<unknown> {
  const cache = new DistributedCache<unknown>(options)
  closers.push(() => cache[Symbol.asyncDispose]())
  return cache
}

describe('nearCache', () => {
  const nodes = ['localhost:1']

  it.each([
    [true, /nearCache is true/],
    [null, /nearCache/],
    [{ size: 1 }, /size/],
    [{ maxSize: 0 }, /maxSize/],
    [{ ttl: -1 }, /nearCache\.ttl/],
    [{ ttl: 'soon' }, /soon/],
    [{ negativeTtl: 0 }, /nearCache\.negativeTtl/],
    [{ maxStaleness: Number.POSITIVE_INFINITY }, /nearCache\.maxStaleness/],
    [{ maxStaleness: '1ms' }, /20 ms or more/],
    [{ serveStaleOnOutage: true }, /serveStaleOnOutage/],
    [{ evictionPolicy: 'best' }, /best/],
  ])('refuses %o', (nearCache, says) => {
    const options = { nodes, nearCache } as unknown as DistributedCacheOptions
    expect(() => new DistributedCache(options)).toThrow(CacheConfigError)
    expect(() => new DistributedCache(options)).toThrow(says)
  })

  it('takes any policy and a bound in bytes', () => {
    open({ nodes, nearCache: { maxMemory: '1mb', evictionPolicy: 's3-fifo', ttl: Number.POSITIVE_INFINITY } })
    open({ nodes, nearCache: { serveStaleOnOutage: false } })
  })

  it('refuses a client of yours, and says what to give instead', () => {
    const client = new Redis({ lazyConnect: true, host: 'here', port: 1 })
    closers.push(() => client.disconnect())
    expect(() => new DistributedCache({ nodes: [client], nearCache: {} })).toThrow(/give the node's address/)
  })

  it('over a server without RESP3 is refused by start, told of as an error, and keeps nothing; reads go on', async () => {
    const cache = open({ nodes: [['127.0.0.1', await startOldServer()]], nearCache: { negativeTtl: 60 } })
    const errors: unknown[] = []
    cache.on('error', (error) => errors.push(error))
    const refusal = { code: 'NEAR_REFUSED', message: expect.stringMatching(/RESP3.*unknown command 'HELLO'.*Redis 6/) }
    await expect(cache.start()).rejects.toMatchObject(refusal)
    for (let read = 0; read < 3; read++) expect(await cache.get('key')).toBe(undefined)
    expect(cache.getStats().near).toMatchObject({ hits: 0, items: 0, listening: 0 })
    expect(errors).toEqual([expect.objectContaining(refusal)])
  })
})
