import { ManualClock } from '@mtaio/core/testing'
import { CacheConnectionError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { requireRedis, startRedisServer } from '../../test-support/redis-server.js'
import { RespClient } from '../../test-support/resp-client.js'
import { settle } from '../../test-support/simulated-clients.js'
import { connectObserver } from '../client/connect.js'
import { type Reply, ReplyError } from '../resp/reply.js'
import { parseNodes } from '../transport/node-address.js'
import { ClusterObserver } from './cluster-observer.js'
import { HotKeys } from './hot-keys.js'
import { keysOfCommand, monitoredCommand } from './monitor-line.js'
import { NodeHistory } from './node-history.js'
import { type NodeSample, sampleOf } from './node-sample.js'
import { LatencyWindow } from './percentiles.js'

const info = (fields: Record<string, string | number>) =>
  `# Server\r\n${Object.entries(fields)
    .map(([name, value]) => `${name}:${value}`)
    .join('\r\n')}\r\n`

describe('sampleOf', () => {
  it('reads what a Redis server, a Valkey server and a node of ours say', () => {
    const sample = sampleOf(
      info({
        redis_version: '7.0.15',
        uptime_in_seconds: 5,
        connected_clients: 2,
        used_memory: 1000,
        maxmemory: 0,
        total_commands_processed: 9,
        keyspace_hits: 3,
        keyspace_misses: 1,
        evicted_keys: 4,
        expired_keys: 6,
        maxmemory_policy: 'allkeys-lfu',
        db0: 'keys=7,expires=1,avg_ttl=0',
        db3: 'keys=1,expires=0,avg_ttl=0',
      }),
      10,
    )
    expect(sample).toEqual({
      at: 10,
      engine: 'redis 7.0.15',
      uptime: 5,
      clients: 2,
      keys: 8,
      memory: 1000,
      maxMemory: undefined,
      policy: 'allkeys-lfu',
      commands: 9,
      hits: 3,
      misses: 1,
      evictions: 4,
      expirations: 6,
    })
    expect(sampleOf(info({ redis_version: '7.2.4', valkey_version: '8.0.1', maxmemory: 5 }), 0)).toMatchObject({
      engine: 'valkey 8.0.1',
      maxMemory: 5,
    })
    expect(sampleOf(info({ server_name: 'mtaio', redis_version: '7.0.0' }), 0).engine).toBe('mtaio 7.0.0')
  })

  it('takes what is missing or no number for 0', () => {
    expect(sampleOf('keyspace_hits:many\r\nnonsense', 0)).toMatchObject({ hits: 0, memory: 0, keys: 0 })
  })
})

describe('NodeHistory', () => {
  const sample = (at: number, over: Partial<NodeSample> = {}): NodeSample => ({
    ...{ at, engine: 'redis', uptime: at / 1000, clients: 1, keys: 0, memory: 50, maxMemory: undefined },
    ...{ policy: undefined, commands: 0, hits: 0, misses: 0, evictions: 0, expirations: 0 },
    ...over,
  })

  it('tells rates between neighbours, and no hit ratio where nothing was read', () => {
    const history = new NodeHistory(10)
    history.add(sample(0), 1, undefined)
    history.add(sample(2000, { commands: 10, hits: 6, misses: 2, evictions: 4, expirations: 8 }), 2, undefined)
    history.add(sample(3000, { commands: 10, hits: 6, misses: 2, evictions: 4, expirations: 8 }), 3, undefined)
    expect(history.intervals).toEqual([
      { at: 2, commands: 5, hitRatio: 0.75, reads: 4, evictions: 2, expirations: 4, memory: 50, latency: undefined },
      expect.objectContaining({ at: 3, commands: 0, hitRatio: undefined, reads: 0 }),
    ])
  })

  it('does not take a restart, or an absence, for a negative rate', () => {
    const history = new NodeHistory(10)
    history.add(sample(5000, { commands: 100, hits: 50 }), 1, undefined)
    history.add(sample(6000, { uptime: 1, commands: 3 }), 2, undefined)
    history.lost()
    history.add(sample(9000, { commands: 900 }), 3, undefined)
    expect(history.intervals).toEqual([])
  })

  it('is bounded', () => {
    const history = new NodeHistory(3)
    for (let second = 0; second < 10; second++) history.add(sample(second * 1000), second, undefined)
    expect(history.intervals.map(({ at }) => at)).toEqual([7, 8, 9])
  })
})

describe('LatencyWindow', () => {
  it('tells percentiles of the last measurements, by nearest rank', () => {
    const window = new LatencyWindow(100)
    expect(window.percentiles()).toBeUndefined()
    for (let value = 1; value <= 1000; value++) window.add(value)
    expect(window.percentiles()).toEqual({ p50: 950, p95: 995, p99: 999 })
  })
})

describe('HotKeys', () => {
  it('law: what is above its share is found, and no count is off by more than its error', () => {
    const requests = fc.array(
      fc.integer({ min: 0, max: 30 }).map((n) => Math.floor(n ** 2 / 30)),
      { maxLength: 300 },
    )
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 12 }), (keys, capacity) => {
        const hot = new HotKeys(capacity)
        const exact = new Map<string, number>()
        for (const key of keys.map(String)) {
          hot.add(key)
          exact.set(key, (exact.get(key) ?? 0) + 1)
        }
        const found = new Map(hot.hottest(100).map((each) => [each.key, each]))
        for (const [key, { share, error }] of found) {
          const count = exact.get(key) ?? 0
          expect(share * keys.length).toBeGreaterThanOrEqual(count - 1e-9)
          expect((share - error) * keys.length).toBeLessThanOrEqual(count + 1e-9)
        }
        // Those with more than twice the greatest error cannot have been left out as doubtful.
        for (const [key, count] of exact) if (count > (2 * keys.length) / capacity) expect(found.has(key)).toBe(true)
      }),
    )
  })

  it('forgets what was long ago', () => {
    const hot = new HotKeys(10)
    for (let time = 0; time < 100; time++) hot.add('old')
    for (let time = 0; time < 5; time++) hot.fade()
    for (let time = 0; time < 10; time++) hot.add('new')
    expect(hot.hottest(1)).toMatchObject([{ key: 'new' }])
    for (let time = 0; time < 20; time++) hot.fade()
    expect(hot.hottest(10)).toEqual([])
  })
})

describe('a line of MONITOR', () => {
  it('is read as its words', () => {
    expect(
      monitoredCommand('1700000000.123456 [0 127.0.0.1:5000] "SET" "a \\"b\\" \\\\" "\\x00\\xc3\\xa4\\n"'),
    ).toEqual(['SET', 'a "b" \\', '\0ä\n'])
    expect(monitoredCommand('1700000000.1 [0 unix:/tmp/s] "PING"')).toEqual(['PING'])
  })

  it.each(['OK', '', '1.2 [0 a] PING', '1.2 [0 a] "open', '1.2 [0 a] '])('may be none: %j', (line) => {
    expect(monitoredCommand(line)).toBeUndefined()
  })

  it('names keys', () => {
    expect(keysOfCommand(['get', 'a'])).toEqual(['a'])
    expect(keysOfCommand(['MGET', 'a', 'b'])).toEqual(['a', 'b'])
    expect(keysOfCommand(['mset', 'a', '1', 'b', '2'])).toEqual(['a', 'b'])
    expect(keysOfCommand(['EVALSHA', 'digest', '2', 'a', '!cleared:n', 'x'])).toEqual(['a'])
    expect(keysOfCommand(['EVALSHA', 'digest', '3', '!cleared:n', 'a', 'b', '1', 'x'])).toEqual(['a', 'b'])
    expect(keysOfCommand(['EVALSHA', 'digest', '0', 'x'])).toEqual([])
    expect(keysOfCommand(['PING'])).toEqual([])
    expect(keysOfCommand(['NOSUCH', 'a'])).toEqual([])
  })
})

describe('ClusterObserver', () => {
  /** Two nodes that answer what they are told to. */
  const watch = (hotKeys = false) => {
    const clock = new ManualClock()
    const answers = new Map<string, (command: string) => Reply>()
    const hits = new Map([
      ['a:1', 0],
      ['b:1', 0],
    ])
    for (const node of hits.keys()) {
      answers.set(node, (command) =>
        command === 'PING'
          ? 'PONG'
          : new TextEncoder().encode(info({ keyspace_hits: hits.get(node)!, redis_version: '7' })),
      )
    }
    let monitored = 0
    const observer = new ClusterObserver(
      {
        nodes: [...hits.keys()],
        transport: {
          send: async (node, [command]) => answers.get(node)!(String(command)),
          close: async () => undefined,
        },
        monitor: async (node, onLine) => {
          monitored++
          if (node === 'b:1') throw new CacheConnectionError('b:1 refused to be monitored')
          onLine('1.2 [0 c] "GET" "k"')
          onLine('1.2 [0 c] "MGET" "k" "!cleared:n"')
        },
        clock,
        wallNow: () => 1000 + clock.now(),
      },
      { interval: 1000, hotKeys },
    )
    return { clock, answers, hits, observer, monitored: () => monitored }
  }

  it('looks at each node at regular times, until it is stopped', async () => {
    const { clock, hits, observer } = watch()
    let looks = 0
    observer.start(() => looks++)
    for (let second = 0; second < 3; second++) {
      await settle()
      hits.set('a:1', hits.get('a:1')! + 10)
      clock.advance(1000)
    }
    await settle()
    expect(looks).toBe(4)
    const [a, b] = observer.state().nodes
    expect(a!.intervals.map(({ hitRatio, reads }) => [hitRatio, reads])).toEqual([
      [1, 10],
      [1, 10],
      [1, 10],
    ])
    expect(b!.intervals.map(({ hitRatio }) => hitRatio)).toEqual([undefined, undefined, undefined])
    await observer.stop()
    clock.advance(10_000)
    await settle()
    expect(looks).toBe(4)
  })

  it('tells what is wrong with a node, and goes on when it is back', async () => {
    const { clock, answers, observer } = watch()
    const well = answers.get('a:1')!
    answers.set('a:1', () => {
      throw new CacheConnectionError('a:1 is out of reach')
    })
    answers.set('b:1', () => new ReplyError('NOAUTH Authentication required.'))
    await observer.look()
    expect(observer.state().nodes).toMatchObject([
      { node: 'a:1', up: false, error: 'a:1 is out of reach' },
      { node: 'b:1', up: false, error: 'PING was refused: NOAUTH Authentication required.' },
    ])
    answers.set('a:1', well)
    clock.advance(1000)
    await observer.look()
    expect(observer.state().nodes[0]).toMatchObject({ up: true, error: undefined, engine: 'redis 7' })
  })

  it('takes moments of MONITOR at every fifth look, and no register for a key', async () => {
    const { observer, monitored } = watch(true)
    for (let look = 0; look < 6; look++) await observer.look()
    expect(monitored()).toBe(4)
    expect(observer.state()).toMatchObject({
      hotKeys: [{ key: 'k', share: 1, error: 0 }],
      hotKeysError: 'b:1 refused to be monitored',
    })
    expect(watch(false).observer.state().hotKeys).toBeUndefined()
  })
})

describe.runIf(requireRedis())('an observer over a real server', () => {
  it('sees its figures and its hot keys', async () => {
    const server = await startRedisServer()
    const observer = new ClusterObserver(connectObserver(parseNodes([`127.0.0.1:${server.port}`])), {
      interval: 1000,
      hotKeys: true,
    })
    const client = await RespClient.open(server.port)
    try {
      await client.send('SET', 'hot', '1')
      await observer.look()
      // One look in five is monitored: it takes as long as it takes, and commands are sent all the while.
      let watching = true
      const busy = (async () => {
        while (watching)
          await client.pipeline([
            ['GET', 'hot'],
            ['GET', 'hot'],
            ['GET', 'absent'],
          ])
      })()
      for (let look = 0; look < 5; look++) await observer.look()
      watching = false
      await busy
      const { nodes, hotKeys, hotKeysError } = observer.state()
      expect(hotKeysError).toBeUndefined()
      expect(nodes[0]).toMatchObject({ up: true, keys: 1, engine: expect.stringMatching(/^(redis|valkey) /) })
      expect(nodes[0]!.intervals.at(-1)!.hitRatio).toBeCloseTo(2 / 3, 1)
      expect(nodes[0]!.latency!.p50).toBeGreaterThan(0)
      expect(hotKeys!.map(({ key }) => key)).toEqual(['hot', 'absent'])
    } finally {
      await client.close()
      await observer.stop()
      await server.stop()
    }
  })

  it('says that a server refuses to be monitored', async () => {
    const server = await startRedisServer()
    const client = await RespClient.open(server.port)
    await client.send('CONFIG', 'SET', 'requirepass', 'secret')
    const observer = new ClusterObserver(connectObserver(parseNodes([`redis://:wrong@127.0.0.1:${server.port}`])), {
      interval: 1000,
      hotKeys: true,
    })
    await observer.look()
    const { nodes } = observer.state()
    expect(nodes[0]).toMatchObject({ up: false, error: expect.stringMatching(/refused the credentials/) })
    expect(JSON.stringify(nodes)).not.toContain('wrong')
    await observer.stop()
    await client.close()
    await server.stop()
  })
})
