/** The engine against a real server: the same commands, the same replies, the same state afterwards. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, requireRedis, startRedisServer } from '../../test-support/redis-server.js'
import { plain, RespClient } from '../../test-support/resp-client.js'
import { STORE, STORE_EACH } from '../record/guarded-write.js'
import type { Command, Reply } from '../resp/reply.js'
import { ReplyDecoder } from '../resp/reply-decoder.js'
import { NodeEngine } from './node-engine.js'
import { ReplyWriter } from './reply-writer.js'

const encoder = new TextEncoder()
const KEYS = ['a', 'b', 'c', 'key:1', 'key:2', '!cleared:x', '']

/** Far enough that no test sees it pass, and not near a rounding of seconds. */
const FAR = Math.ceil(Date.now() / 1000) * 1000 + 10_000_000

describe.runIf(requireRedis())('the engine answers as a server does', () => {
  let server: RedisServer
  let client: RespClient

  beforeAll(async () => {
    server = await startRedisServer()
    client = await RespClient.open(server.port)
  })
  afterAll(async () => {
    await client.close()
    await server.stop()
  })

  async function sameReplies(commands: readonly Command[]): Promise<void> {
    await client.send('FLUSHALL')
    await client.pipeline([
      ['SCRIPT', 'LOAD', STORE.text],
      ['SCRIPT', 'LOAD', STORE_EACH.text],
    ])
    const engine = new NodeEngine({ now: Date.now })
    const run = (command: Command) =>
      overTheWire(engine.execute(command.map((part) => (typeof part === 'string' ? encoder.encode(part) : part))))
    const state: Command[] = KEYS.flatMap((key) => [
      ['GET', key],
      ['PEXPIRETIME', key],
      ['EXPIRETIME', key],
      ['EXISTS', key],
    ])
    const all = [...commands, ...state]
    const theirs = (await client.pipeline(all)).map(plain)
    const ours = all.map(run)
    for (const [i, command] of all.entries()) {
      expect({ command: command.map(shown), reply: ours[i] }).toEqual({ command: command.map(shown), reply: theirs[i] })
    }
  }

  it('to any commands on a few keys', async () => {
    const key = fc.constantFrom(...KEYS)
    const value = fc.oneof(fc.string({ maxLength: 12 }), fc.uint8Array({ maxLength: 40 }), fc.constant('12'))
    const number = fc.oneof(
      fc.integer({ min: -15, max: 15 }).map(String),
      fc.constantFrom('x', '', '1.5', ' 1', '01', '+1', '-0', '1e3', '9223372036854775807', '-9223372036854775808'),
      fc.constantFrom('9223372036854775808', '99999999999999999999', '9007199254740993', '-99999999999999999'),
    )
    const far = fc.constantFrom('5000', '90000').map((seconds) => seconds)
    const word = fc.constantFrom('NX', 'xx', 'GET', 'KEEPTTL', 'GT', 'lt', 'EX', 'PX', 'EXAT', 'PXAT', 'FOO')
    const expiry = fc.oneof(
      fc.tuple(fc.constantFrom('EX', 'ex'), fc.oneof(far, number)).filter(([, n]) => isNoClockMatter(n)),
      fc.tuple(
        fc.constantFrom('PXAT', 'pxat'),
        fc.oneof(fc.constantFrom(`${FAR}`, `${FAR + 77_000}`), number.filter(isExactInstant)),
      ),
      fc.tuple(fc.constant('EXAT'), fc.oneof(fc.constantFrom(`${FAR / 1000}`), number)),
    )
    const words = fc
      .array(
        fc.oneof(
          word.map((w) => [w]),
          expiry,
        ),
        { maxLength: 3 },
      )
      .map((all) => all.flat())
    const command: fc.Arbitrary<Command> = fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.constantFrom('SET', 'set', 'Set'), key, value) },
      { weight: 4, arbitrary: fc.tuple(key, value, words).map(([k, v, w]) => ['SET', k, v, ...w]) },
      fc.tuple(fc.constantFrom('GET', 'STRLEN', 'TTL', 'EXISTS', 'DEL', 'UNLINK', 'TYPE', 'PERSIST'), key),
      fc.tuple(fc.constantFrom('MGET', 'EXISTS', 'DEL', 'TOUCH'), key, key, key),
      fc.tuple(fc.constant('GETRANGE'), key, number, number),
      fc.tuple(fc.constant('SETNX'), key, value),
      fc.tuple(fc.constant('EXPIRE'), key, fc.oneof(far, number.filter(isNoClockMatter))),
      fc
        .tuple(fc.constantFrom('PEXPIREAT', 'EXPIREAT'), key, fc.constantFrom(0, 5000, -FAR), words)
        .map(([name, k, offset, w]) => [
          name,
          k,
          `${name === 'EXPIREAT' ? (FAR + offset) / 1000 : FAR + offset}`,
          ...w,
        ]),
      fc
        .array(fc.constantFrom('SET', 'GET', 'EX', 'a', '1'), { minLength: 1, maxLength: 4 })
        .filter(([name]) => name === 'SET' || name === 'GET'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 40 }), (commands) =>
        sameReplies(withoutRelativeStates(commands)),
      ),
      { numRuns: 300 },
    )
  })

  it.each([
    ['GET'],
    ['SET', 'a'],
    ['PING', 'a', 'b'],
    ['PING'],
    ['PING', 'hi'],
    ['ECHO'],
    ['ECHO', 'x'],
    ['FOO', 'a', 'b'],
    ['foo bar'],
    ['CLIENT'],
    ['CLIENT', 'FOO'],
    ['CLIENT', 'SETNAME'],
    ['CLIENT', 'SETNAME', 'a b'],
    ['CLIENT', 'GETNAME'],
    ['SCRIPT', 'FOO'],
    ['SCRIPT', 'LOAD'],
    ['SCRIPT', 'EXISTS', 'x', STORE.sha1, STORE.sha1.toUpperCase()],
    ['SCRIPT', 'LOAD', STORE.text],
    ['SCRIPT', 'FLUSH', 'NOW'],
    ['EVALSHA', 'ffffffffffffffffffffffffffffffffffffffff', '0'],
    ['EVALSHA', STORE.sha1, 'x'],
    ['EVALSHA', STORE.sha1, '3', 'a'],
    ['EVALSHA', STORE.sha1, '-1'],
    ['EVALSHA', STORE.sha1],
    ['SELECT', '0'],
    ['SELECT', 'x'],
    ['SELECT', '99'],
    ['HELLO', '4'],
    ['HELLO', 'x'],
    ['HELLO', '2', 'FOO'],
    ['HELLO', '2', 'SETNAME'],
    ['HELLO', '2', 'AUTH', 'nobody', 'x'],
    ['AUTH', 'x'],
    ['AUTH', 'nobody', 'x'],
    ['AUTH', 'default', 'x'],
    ['AUTH', 'a', 'b', 'c'],
    ['CONFIG', 'GET', 'save'],
    ['CONFIG', 'GET', 'append*ly', 'databases?'],
    ['CONFIG', 'FOO'],
    ['COMMAND', 'FOO'],
    ['SCAN', 'x'],
    ['SCAN', '1x'],
    ['SCAN', '0'],
    ['SCAN', '0', 'COUNT'],
    ['SCAN', '0', 'COUNT', '0'],
    ['SCAN', '0', 'COUNT', 'x'],
    ['SCAN', '0', 'FOO', 'x'],
    ['DBSIZE'],
    ['DBSIZE', 'x'],
    ['EXPIRE', 'a', '1', 'FOO'],
    ['EXPIRE', 'a', '10', 'NX', 'GT'],
    ['EXPIRE', 'a', '10', 'LT', 'GT'],
    ['SETEX', 'a', '0', 'v'],
    ['PSETEX', 'a', '-1', 'v'],
    ['SETEX', 'a', 'x', 'v'],
    ['SETEX', 'a', '1000', 'v'],
    ['FLUSHALL', 'LATER'],
    ['FLUSHDB', 'ASYNC'],
  ] as Command[])('to %j %j', async (...command) => {
    await sameReplies(withoutRelativeStates([command.filter((part) => part !== undefined)]))
  })

  it('to a SCAN over all, with any pattern', async () => {
    const alphabet = fc.constantFrom('a', 'b', 'c', '-', '[', ']', '^', '*', '?', '\\', '\xff')
    const text = (minLength: number) =>
      fc.array(alphabet, { minLength, maxLength: 7 }).map((letters) => Buffer.from(letters.join(''), 'latin1'))
    // Redis never lets `**` match the empty key, though `*` does; and whether its ranges end in signed bytes depends on
    // the machine that it was built for.
    const key = text(1)
    const pattern = text(0).filter((bytes) => !/\xff-|-\xff/.test(bytes.toString('latin1')))
    await fc.assert(
      fc.asyncProperty(fc.array(key, { minLength: 1, maxLength: 30 }), pattern, async (keys, pattern) => {
        const engine = new NodeEngine({ now: Date.now })
        await client.send('FLUSHALL')
        const writes = keys.map((key): Command => ['SET', key, 'v'])
        await client.pipeline(writes)
        for (const write of writes) engine.execute(write.map((part) => Buffer.from(part)))
        const scan = ['SCAN', '0', 'MATCH', pattern, 'COUNT', '1000']
        const found = (reply: unknown) => (reply as [unknown, { bytes: string }[]])[1].map(({ bytes }) => bytes).sort()
        const ours = found(plain(engine.execute(scan.map((part) => Buffer.from(part)))))
        expect(ours).toEqual(found(plain(await client.send(...scan))))
      }),
      { numRuns: 300 },
    )
  })

  describe('to guarded writes', () => {
    const key = fc.constantFrom(...KEYS)
    // Few versions, so that equal ones and neighbours meet; high bytes, because they are where signed bytes go wrong.
    const version = fc
      .tuple(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.constantFrom(0, 0x80), fc.constantFrom(0, 1, 255))
      .map(([first, middle, last]) => {
        const bytes = new Uint8Array(14)
        bytes[0] = first
        bytes[7] = middle
        bytes[13] = last
        return bytes
      })
    const envelope = fc
      .tuple(
        fc.constantFrom(1, 1, 1, 1, 2, 0),
        fc.constantFrom(0, 1, 8),
        version,
        fc.boolean(),
        fc.integer({ max: 12, min: 0 }),
      )
      .map(([format, flags, stamp, expires, rest]) => {
        const bytes = new Uint8Array(24 + rest)
        bytes[0] = format
        bytes[1] = flags
        bytes.set(stamp, 2)
        bytes[23] = expires ? 1 : 0
        return bytes
      })
    const expiry = fc.constantFrom('0', '0', `${FAR}`, `${FAR + 1}`, '1000')
    const foreign = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      envelope.map((bytes) => bytes.subarray(0, 15)),
      envelope,
    )

    const put = fc.tuple(fc.constant('SET'), key, foreign)
    const store = fc
      .tuple(
        fc.array(key, { minLength: 1, maxLength: 4 }),
        envelope,
        expiry,
        fc.array(fc.oneof(version, fc.constantFrom('', '*')), { maxLength: 5 }),
      )
      .map(
        ([keys, bytes, at, limits]): Command => [
          'EVALSHA',
          STORE.sha1,
          `${keys.length}`,
          ...keys,
          bytes,
          at,
          ...limits,
        ],
      )
    const storeEach = fc
      .tuple(fc.array(key, { maxLength: 2 }), fc.array(fc.tuple(key, envelope, expiry), { minLength: 1, maxLength: 4 }))
      .map(([registers, records]): Command => {
        const keys = [...registers, ...records.map(([each]) => each)]
        const writes = records.flatMap(([, bytes, at]) => [bytes, at])
        return ['EVALSHA', STORE_EACH.sha1, `${keys.length}`, ...keys, `${registers.length}`, ...writes]
      })
    const command: fc.Arbitrary<Command> = fc.oneof(
      put,
      store,
      store,
      storeEach,
      storeEach,
      fc.tuple(fc.constant('DEL'), key),
    )

    it('of every kind, in any order', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 30 }), (commands) => sameReplies(commands)),
        { numRuns: 500 },
      )
    })

    it('sent as EVAL, too', async () => {
      const bytes = fc.sample(envelope, { numRuns: 1, seed: 1 })[0]!
      await sameReplies([
        ['EVAL', STORE.text, '1', 'a', bytes, '0'],
        ['EVAL', STORE.text, '2', 'b', 'a', bytes, `${FAR}`, '', '*'],
      ])
    })

    it('of two values under one version', async () => {
      const bytes = fc.sample(envelope, { numRuns: 1, seed: 1 })[0]!
      const others = [Buffer.from(bytes).fill(7, 20, 21), Buffer.concat([bytes, Buffer.of(7)])]
      for (const other of others) {
        await sameReplies([bytes, other, bytes].map((each) => ['EVALSHA', STORE.sha1, '1', 'a', each, '0']))
      }
    })

    it('with an error wherever the script stumbles', async () => {
      const bytes = fc.sample(envelope, { numRuns: 1, seed: 1 })[0]!
      const broken: Command[] = [
        ['EVALSHA', STORE.sha1, '0', bytes, '0'],
        ['EVALSHA', STORE.sha1, '1', 'a', bytes],
        ['EVALSHA', STORE.sha1, '1', 'a', bytes, 'soon'],
        ['EVALSHA', STORE.sha1, '1', 'a', bytes, '-5'],
        ['EVALSHA', STORE_EACH.sha1, '1', 'a', '0', bytes],
        ['EVALSHA', STORE_EACH.sha1, '1', 'a'],
        ['EVALSHA', STORE_EACH.sha1, '2', 'r', 'a', '1', bytes, '-5'],
      ]
      const engine = new NodeEngine({ now: Date.now })
      await client.send('FLUSHALL')
      for (const command of broken) {
        const theirs = plain(await client.send(...command))
        const ours = plain(engine.execute(command.map((part) => Buffer.from(part))))
        expect([theirs, ours]).toEqual([{ error: expect.any(String) }, { error: expect.stringMatching(/^ERR /) }])
      }
      expect(engine.store.size).toBe(0)
    })
  })
})

describe('the engine on its own', () => {
  it('runs no script but its own, and says so', () => {
    const engine = new NodeEngine({ now: () => 0 })
    const run = (...command: string[]) => plain(engine.execute(command.map((part) => encoder.encode(part))))
    expect(run('EVAL', 'return 1', '0')).toEqual({ error: expect.stringMatching(/^ERR this node runs no Lua/) })
    expect(run('SCRIPT', 'LOAD', 'return 1')).toEqual({ error: expect.stringMatching(/^ERR this node runs no Lua/) })
  })

  it('describes every command that it has', () => {
    const engine = new NodeEngine({ now: () => 0 })
    const run = (...command: string[]) => plain(engine.execute(command.map((part) => encoder.encode(part))))
    const count = run('COMMAND', 'COUNT')
    expect(run('COMMAND')).toHaveLength(count as number)
    expect(run('COMMAND', 'DOCS')).toHaveLength(count as number)
    expect(run('COMMAND', 'INFO', 'get', 'nope')).toEqual([
      [{ bytes: 'get' }, 2, ['readonly', 'fast'], 1, 1, 1, ['@fast', '@read'], [], [], []],
      null,
    ])
    expect((run('INFO', 'memory') as { bytes: string }).bytes).toMatch(/^# Memory\r\nused_memory:0\r\n/)
  })

  it('sweeps what is due and counts what it has done', () => {
    let now = 1000
    const engine = new NodeEngine({ now: () => now })
    const run = (...command: string[]) => plain(engine.execute(command.map((part) => encoder.encode(part))))
    run('SET', 'a', '1', 'PX', '100')
    now += 1000
    expect(engine.sweep(10)).toBe(1)
    expect(run('DBSIZE')).toBe(0)
    expect(engine.commands).toBe(2)
  })
})

/** Amounts of seconds from now whose end is far off, past at once or out of range, whichever clock reads it. */
function isNoClockMatter(amount: string): boolean {
  return !/^[1-9]\d?$/.test(amount)
}

/** Ours keeps instants as doubles: exact to the year 287396. What no 64 bits hold is refused by both. */
function isExactInstant(amount: string): boolean {
  if (!/^\d{16,}$/.test(amount)) return true
  return BigInt(amount) <= Number.MAX_SAFE_INTEGER || BigInt(amount) > 2n ** 63n - 1n
}

/** PEXPIRETIME of a deadline counted from now differs by the milliseconds between two runs: such entries are made whole. */
function withoutRelativeStates(commands: readonly Command[]): Command[] {
  return [...commands, ...KEYS.map((key): Command => ['EXPIREAT', key, `${FAR / 1000}`, 'XX'])]
}

/** What a client that speaks RESP2 gets of a reply. */
function overTheWire(reply: Reply): unknown {
  let received: unknown
  const writer = new ReplyWriter()
  writer.write(reply, 2)
  new ReplyDecoder({
    onReply: (decoded) => {
      received = plain(decoded)
    },
  }).write(writer.take())
  return received
}

function shown(part: string | Uint8Array): string {
  return typeof part === 'string' ? part : `0x${Buffer.from(part).toString('hex')}`
}
