/** Commands on values against a real server, RESP2 and RESP3. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type RedisServer, requireRedis, startRedisServer } from '../../test-support/redis-server.js'
import { SameReplies } from '../../test-support/same-replies.js'
import type { Command } from '../resp/reply.js'

const KEYS = ['a', 'b', 'c', 'd', '']
const SEED = 20261123
/** Far enough that no test sees it pass, and not near a rounding of seconds. */
const FAR = Math.ceil(Date.now() / 1000) * 1000 + 10_000_000

const key = fc.constantFrom(...KEYS)
const number = fc.oneof(
  fc.integer({ min: -15, max: 15 }).map(String),
  fc.constantFrom('x', '', '1.5', ' 1', '01', '+1', '-0', '1e3', '9223372036854775807', '-9223372036854775808'),
  fc.constantFrom('9223372036854775808', '99999999999999999999', '9007199254740993', '-99999999999999999'),
)
const value = fc.oneof(fc.string({ maxLength: 12 }), fc.uint8Array({ maxLength: 60 }), number)
const unit = fc.constantFrom(['EX', '5000'], ['px', '900000'], ['EXAT', `${FAR / 1000}`], ['PXAT', `${FAR}`])
const badUnit = fc.constantFrom(['EX', '0'], ['PX', '-1'], ['EXAT', 'x'], ['EX'], ['EX', '9223372036854775807'])
const past = fc.constantFrom(['EXAT', '1'], ['PXAT', '1000'])
const word = fc.constantFrom(['PERSIST'], ['persist'], ['KEEPTTL'], ['NX'], ['XX'], ['GET'], ['FOO'])
const words = fc.array(fc.oneof({ weight: 4, arbitrary: unit }, word, past, badUnit), { maxLength: 2 })

const put = fc.oneof(
  fc.tuple(fc.constant('SET'), key, value),
  fc.tuple(fc.constant('SET'), key, value, fc.constant('PXAT'), fc.constant(`${FAR}`)),
)

const offset = fc.oneof(fc.integer({ min: -2, max: 90 }).map(String), fc.constantFrom('x', '536870912', '-1', '01'))
const float = fc.oneof(
  fc.double({ noNaN: true }).map(String),
  fc.integer({ min: -1000, max: 1000 }).map((n) => String(n / 100)),
  fc.tuple(fc.integer(), fc.integer({ min: -30, max: 30 })).map(([n, power]) => `${n}e${power}`),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.tuple(fc.stringMatching(/^[0-9]{1,25}$/), fc.stringMatching(/^[0-9]{0,25}$/)).map(([a, b]) => `${a}.${b}`),
  fc.constantFrom('inf', '-inf', 'nan', '0x1p3', '0x1.8p-70', '1e4000', '-1e4000', '1e5000', '1e-4940', '1e-5000'),
  fc.constantFrom('.5', '5.', '.', 'e5', '1e', '+5', '-0', '5e-18', '15e-18', '25e-18', '1e4932', '-1.1e4932', 'x'),
)

const instant = fc.constantFrom(
  ...['9223372036854775', '9223372036854776', '-9223372036854775', '-9223372036854776', '9223372036854775807'],
  ...['9223372036854775806', '-9223372036854775808', '9223370336854775807', '9007199254740993', `${FAR}`, '0', '-1'],
)

/** Commands by group; all of them are mixed with writes, and the state is looked at afterwards. */
const GROUPS: Record<string, fc.Arbitrary<Command>> = {
  'reads that change': fc.oneof(
    fc.tuple(fc.constantFrom('GETDEL', 'GETEX', 'getex'), key),
    fc.tuple(key, words).map(([k, w]): Command => ['GETEX', k, ...w.flat()]),
    fc.tuple(fc.constant('GETSET'), key, value),
    fc.tuple(fc.constantFrom('SUBSTR', 'GETRANGE'), key, number, number),
    fc.tuple(key, value, words).map(([k, v, w]): Command => ['SET', k, v, ...w.flat()]),
  ),
  'writes to a part': fc.oneof(
    fc.tuple(fc.constantFrom('APPEND', 'append'), key, value),
    fc.tuple(fc.constant('SETRANGE'), key, offset, value),
  ),
  'integer counters': fc.oneof(
    fc.tuple(fc.constantFrom('INCR', 'DECR', 'decr'), key),
    fc.tuple(fc.constantFrom('INCRBY', 'DECRBY'), key, number),
    fc.tuple(fc.constant('SET'), key, number),
  ),
  'decimal counters': fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constant('INCRBYFLOAT'), key, float) },
    fc.tuple(fc.constant('SET'), key, float),
    fc.tuple(fc.constant('INCRBYFLOAT'), key, number),
  ),
  'keys and their copies': fc.oneof(
    fc.tuple(fc.constantFrom('RENAME', 'RENAMENX', 'rename'), key, key),
    fc.tuple(fc.constantFrom('COPY', 'copy'), key, key),
    fc
      .tuple(key, key, fc.constantFrom(['REPLACE'], ['DB', '0'], ['DB', '0', 'replace'], ['DB'], ['DB', 'x'], ['FOO']))
      .map(([a, b, words]): Command => ['COPY', a, b, ...words]),
    fc.tuple(fc.constant('OBJECT'), fc.constantFrom('REFCOUNT', 'FREQ', 'FOO'), fc.constant('none')),
    fc.tuple(fc.constant('MEMORY'), fc.constant('USAGE'), fc.constant('none'), fc.constant('SAMPLES'), number),
    fc.constantFrom<Command>(['RENAME', 'a'], ['COPY', 'a'], ['OBJECT', 'ENCODING'], ['MEMORY', 'USAGE'], ['MEMORY']),
    fc.tuple(fc.constant('KEYS'), fc.constantFrom('a', '[b]', 'nothing*')),
  ),
  'far instants': fc.oneof(
    fc.tuple(fc.constantFrom('EXPIREAT', 'PEXPIREAT', 'PEXPIRE', 'EXPIRE'), key, instant),
    fc.tuple(fc.constant('SET'), key, value, fc.constantFrom('EXAT', 'PXAT', 'EX', 'PX'), instant),
    fc.tuple(fc.constantFrom('SETEX', 'PSETEX'), key, instant, value),
  ),
  'several at once': fc.oneof(
    fc
      .tuple(fc.constantFrom('MSET', 'MSETNX'), fc.array(fc.tuple(key, value), { maxLength: 4 }))
      .map(([name, pairs]): Command => [name, ...pairs.flat()]),
    fc.tuple(fc.constantFrom('MSET', 'MSETNX', 'MGET'), key, value, key),
    fc.tuple(fc.constant('DEL'), key, key, key, key),
  ),
}

const STATE = KEYS.flatMap((name): Command[] => [
  ['GET', name],
  ['PEXPIRETIME', name],
  ['STRLEN', name],
])

describe.runIf(requireRedis())('values: the engine answers as a server does', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedisServer()
  })
  afterAll(() => server.stop())

  describe.each([2, 3] as const)('in RESP%i', (protocol) => {
    let same: SameReplies
    beforeAll(async () => {
      same = await SameReplies.open(server, protocol)
    })
    afterAll(() => same.close())

    it.each(Object.entries(GROUPS))('to %s, in any order', async (_, group) => {
      const command = fc.oneof(put, { weight: 3, arbitrary: group })
      await fc.assert(
        fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 40 }), (commands) =>
          same.commands([...commands, ...STATE]).then(() => {}),
        ),
        { numRuns: 200, seed: SEED },
      )
    })
  })
})
