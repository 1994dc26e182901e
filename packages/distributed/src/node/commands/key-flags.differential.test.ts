/** COMMAND GETKEYSANDFLAGS beside a real server's, and OBJECT FREQ and IDLETIME by policy. */
import { beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, requireRedis, startRedisServer } from '../../../test-support/redis-server.js'
import { plain } from '../../../test-support/resp-client.js'
import { SameReplies } from '../../../test-support/same-replies.js'
import { replyOf } from '../../resp/answer.js'
import { NodeEngine } from '../node-engine.js'

const NAMED = [
  ...['get a', 'mget a b', 'getrange a 0 1', 'substr a 0 1', 'strlen a', 'exists a b', 'touch a', 'type a', 'getdel a'],
  ...['getex a', 'getset a b', 'set a b', 'set a b get', 'setnx a b', 'setex a 1 b', 'psetex a 1 b', 'mset a b c d'],
  ...['msetnx a b', 'append a b', 'setrange a 0 b', 'incr a', 'decr a', 'incrby a 1', 'decrby a 1', 'incrbyfloat a 1'],
  ...['del a b', 'unlink a', 'rename a b', 'renamenx a b', 'copy a b', 'object encoding a', 'object freq a'],
  ...['object idletime a', 'object refcount a', 'memory usage a', 'expire a 1', 'pexpire a 1', 'expireat a 1'],
  ...[
    'pexpireat a 1',
    'ttl a',
    'pttl a',
    'expiretime a',
    'pexpiretime a',
    'persist a',
    'eval s 2 a b',
    'evalsha s 1 a',
  ],
  ...['watch a b', 'nope a', 'ping x', 'set a'],
].map((line) => line.split(' '))

describe.runIf(requireRedis())('COMMAND GETKEYSANDFLAGS', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedisServer()
    return () => server.stop()
  })

  it.each([2, 3] as const)('answers as a server does, and GETKEYS, too (RESP%i)', async (protocol) => {
    const same = await SameReplies.open(server, protocol)
    await same.commands(
      NAMED.flatMap((words) => [
        ['COMMAND', 'GETKEYSANDFLAGS', ...words],
        ['COMMAND', 'GETKEYS', ...words],
      ]),
    )
    await same.close()
  })
})

describe('OBJECT', () => {
  function asked(evictionPolicy: 'lru' | 'lfu' | 'w-tinylfu') {
    let now = 1_700_000_000_000
    const engine = new NodeEngine({ now: () => now, evictionPolicy, maxSize: 100 })
    return {
      say: (line: string) => plain(replyOf(engine.execute(line.split(' ').map((word) => Buffer.from(word))))),
      pass: (ms: number) => (now += ms),
    }
  }

  it.each(['lru', 'w-tinylfu'] as const)('tells how long an entry was not used, and not how often (%s)', (policy) => {
    const { say, pass } = asked(policy)
    say('SET a 1')
    pass(5500)
    expect(say('OBJECT IDLETIME a')).toBe(5)
    say('GET a')
    pass(1000)
    expect(say('OBJECT IDLETIME a')).toBe(1)
    expect(say('OBJECT FREQ a')).toMatchObject({
      error: expect.stringMatching(/^ERR An LFU maxmemory policy is not sel/),
    })
    say('CLIENT NO-TOUCH ON')
    say('GET a')
    pass(2000)
    expect(say('OBJECT IDLETIME a')).toBe(3)
    expect([say('OBJECT IDLETIME none'), say('OBJECT FREQ none')]).toEqual([null, null])
  })

  it('tells how often an entry was used where the policy counts, up to 255, and not how long it was not', () => {
    const { say } = asked('lfu')
    say('SET a 1')
    expect(say('OBJECT FREQ a')).toBe(1)
    for (let i = 0; i < 4; i++) say('GET a')
    expect([say('OBJECT FREQ a'), say('OBJECT FREQ a')]).toEqual([5, 5])
    for (let i = 0; i < 300; i++) say('GET a')
    expect(say('OBJECT FREQ a')).toBe(255)
    expect(say('OBJECT IDLETIME a')).toMatchObject({
      error: expect.stringMatching(/^ERR An LFU maxmemory policy is sel/),
    })
  })
})
