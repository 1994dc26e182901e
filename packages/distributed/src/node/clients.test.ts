/** Other people's clients and tools against a node. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import KeyvRedis from '@keyv/redis'
import { Redis as Ioredis } from 'ioredis'
import { Redis as Iovalkey } from 'iovalkey'
import { Keyv } from 'keyv'
import { createClient } from 'redis'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { requireRedis } from '../../test-support/redis-server.js'
import { CacheNode } from './cache-node.js'

vi.mock('./sockets/worker-file.js', async () => (await import('../../test-support/build-worker.js')).builtWorkerFile())

const run = promisify(execFile)
let node: CacheNode

let workers = 0
beforeEach(async () => {
  node = new CacheNode({
    port: 0,
    workers,
    password: 'sesame',
    users: [{ name: 'app', password: 'a', keys: ['app:*'] }],
  })
  await node.start()
})
afterEach(() => node.stop())

const url = (user = 'default', password = 'sesame') => `redis://${user}:${password}@127.0.0.1:${node.port}`

describe.each([0, 2])('a node with %i workers', (count) => {
  beforeAll(() => {
    workers = count
  })

  describe.each([
    ['ioredis', () => new Ioredis(url())],
    ['iovalkey', () => new Iovalkey(url()) as unknown as Ioredis],
  ] as const)('%s', (_, open) => {
    it('connects, reads, writes, pipelines and commits', async () => {
      const client = open()
      expect(await client.set('a', '1', 'EX', 100)).toBe('OK')
      expect(await client.incr('a')).toBe(2)
      expect(await client.mget('a', 'none')).toEqual(['2', null])
      expect(await client.ttl('a')).toBeGreaterThan(90)
      expect(await client.pipeline().set('b', 'x').get('b').exec()).toEqual([
        [null, 'OK'],
        [null, 'x'],
      ])
      expect(await client.multi().incr('a').del('b').exec()).toEqual([
        [null, 3],
        [null, 1],
      ])
      const found: string[] = []
      for await (const keys of client.scanStream()) found.push(...(keys as string[]))
      expect(found).toEqual(['a'])
      await client.quit()
    })
  })

  describe('node-redis', () => {
    it('speaks RESP3, and its client-side cache hears of what others write', async () => {
      const near = createClient({ url: url(), RESP: 3, clientSideCache: { ttl: 0, maxEntries: 100 } })
      const other = createClient({ url: url() })
      await Promise.all([near.connect(), other.connect()])
      await other.set('a', '1')
      expect(await near.get('a')).toBe('1')
      const asked = node.getStats().hits
      expect(await near.get('a')).toBe('1')
      expect(node.getStats().hits).toBe(asked)
      await other.set('a', '2')
      // A hit resolves without the socket being read: the push needs a turn of the loop.
      while ((await near.get('a')) !== '2') await new Promise(setImmediate)
      expect(await near.multi().set('b', '1').get('b').exec()).toEqual(['OK', '1'])
      await near.close()
      await other.close()
    })

    it('is told what its user may not do', async () => {
      const client = createClient({ url: url('app', 'a') })
      await client.connect()
      expect(await client.set('app:1', 'x')).toBe('OK')
      await expect(client.get('other')).rejects.toThrow(/^NOPERM /)
      await client.close()
    })
  })

  describe('keyv', () => {
    it('keeps its entries in a node', async () => {
      const keyv = new Keyv(new KeyvRedis(url()), { namespace: 'app' })
      await keyv.set('a', { b: [1] }, 60_000)
      expect(await keyv.get('a')).toEqual({ b: [1] })
      expect(await keyv.delete('a')).toBe(true)
      expect(await keyv.get('a')).toBeUndefined()
      await keyv.set('b', 1)
      await keyv.clear()
      expect(await keyv.get('b')).toBeUndefined()
      await keyv.disconnect()
    })
  })

  describe.runIf(requireRedis())('the tools of a server', () => {
    it('redis-cli talks to a node, in RESP2 and RESP3', async () => {
      for (const protocol of ['-2', '-3']) {
        const cli = async (...words: string[]) =>
          (
            await run('redis-cli', [
              '-p',
              String(node.port),
              '--user',
              'default',
              '--pass',
              'sesame',
              protocol,
              ...words,
            ])
          ).stdout
        expect(await cli('SET', 'a', 'x')).toContain('OK')
        expect(await cli('GET', 'a')).toContain('x')
        expect(await cli('INFO', 'server')).toContain('redis_version:')
        expect(await cli('--scan')).toContain('a')
      }
    })

    it('redis-benchmark runs all that a node can do', async () => {
      const words = ['-p', String(node.port), '-a', 'sesame', '-q', '-n', '2000', '-c', '20', '-P', '8']
      const { stdout } = await run('redis-benchmark', [...words, '-t', 'ping,set,get,incr,mset'])
      for (const name of ['PING_INLINE', 'PING_MBULK', 'SET', 'GET', 'INCR', 'MSET']) {
        expect(stdout).toMatch(new RegExp(`${name}[^\\n]*: \\d+.* requests per second`))
      }
    })
  })
})
