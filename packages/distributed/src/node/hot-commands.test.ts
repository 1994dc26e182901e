/** The commands that run on the bytes of their chunk, beside the same ones through the command table. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeEnvelope } from '../record/envelope.js'
import { STORE, STORE_EACH } from '../record/guarded-write.js'
import type { Answer } from '../resp/answer.js'
import { encodeCommand, encodeReply } from '../resp/encode.js'
import type { Command } from '../resp/reply.js'
import { RequestDecoder } from '../resp/request-decoder.js'
import { NO_CONNECTION } from './client-state.js'
import { NodeEngine } from './node-engine.js'
import { ReplyWriter } from './reply-writer.js'

const T0 = 1_700_000_000_000

/** An engine that is fed with bytes; hot ones are counted. */
function fed(useHot: boolean, protocol: 2 | 3, mode: readonly string[] | undefined = undefined) {
  let now = T0
  const engine = new NodeEngine({ now: () => now, maxMemory: 200_000 })
  const client = engine.newClient(NO_CONNECTION)
  client.protocol = protocol
  const told: string[] = []
  const push = (message: Answer) => told.push(Buffer.from(encodeReply(message, 3)).toString('latin1'))
  const tracker = engine.newClient({ ...NO_CONNECTION, push })
  tracker.protocol = 3
  const track = (...words: string[]) =>
    engine.execute(
      words.map((word) => Buffer.from(word)),
      tracker,
    )
  if (mode !== undefined) track('CLIENT', 'TRACKING', 'ON', ...mode)
  const writer = new ReplyWriter()
  let hot = 0
  const decoder = new RequestDecoder({
    onFrame: (frame) => {
      const isHot = useHot && engine.answerHot(frame, client, writer)
      if (isHot) hot++
      return isHot
    },
    onCommand: (parts) => {
      writer.write(engine.answer(parts, client), client.protocol)
      engine.settle()
    },
  })
  return {
    engine,
    hot: () => hot,
    told,
    readAll: () => track('MGET', 'a', 'b', 'c', ''),
    rest: () => engine.rest(),
    wait: (ms: number) => (now += ms),
    say(...commands: Command[]) {
      decoder.write(new Uint8Array(Buffer.concat(commands.map(encodeCommand))))
      return writer.take().toString('latin1')
    },
  }
}

function envelope(time: number, expiresAt: number, tombstone = false): Uint8Array {
  const version = new Uint8Array(14)
  version[5] = time
  const payload = new Uint8Array(tombstone ? 0 : time)
  const plain = { compressed: false, encrypted: false, codec: 0, grace: 0, loadTime: 0, tags: [] }
  return encodeEnvelope({ ...plain, version, tombstone, expiresAt, payload }, 'any')
}

const key = fc.constantFrom('a', 'b', 'c', '')
const time = fc.integer({ min: 0, max: 9 })
const version = time.map((time) => envelope(time, 0).subarray(2, 16))
const value = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.tuple(time, fc.boolean()).map(([time, tombstone]) => envelope(time, 0, tombstone)),
)
const amount = fc.constantFrom(
  '1',
  '100',
  '0',
  '-5',
  '007',
  'x',
  '',
  `${T0 - 1}`,
  `${T0 + 500}`,
  '99999999999999999999',
)
const unit = fc.constantFrom('PX', 'ex', 'PXAT', 'EXAT', 'NX', 'px', 'keepttl')
const store = fc
  .record({
    key,
    registers: fc.array(key, { maxLength: 2 }),
    time,
    expiry: amount,
    limits: fc.array(version, { maxLength: 3 }),
  })
  .map(({ key, registers, time, expiry, limits }): Command => {
    return ['EVALSHA', STORE.sha1, `${1 + registers.length}`, key, ...registers, envelope(time, 0), expiry, ...limits]
  })
const storeEach = fc
  .record({
    registers: fc.array(key, { maxLength: 2 }),
    records: fc.array(fc.tuple(key, time, amount), { minLength: 1, maxLength: 4 }),
    rest: fc.array(value, { maxLength: 1 }),
  })
  .map(({ registers, records, rest }): Command => {
    const keys = [...registers, ...records.map(([key]) => key)]
    const writes = records.flatMap(([, time, expiry]) => [envelope(time, 0), expiry])
    return ['EVALSHA', STORE_EACH.sha1, `${keys.length}`, ...keys, `${registers.length}`, ...writes, ...rest]
  })
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('GET', 'get', 'GeT'), key) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('SET', 'sEt'), key, value) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('SET'), key, value, unit, amount) },
  { weight: 5, arbitrary: store },
  { weight: 5, arbitrary: storeEach },
  { weight: 2, arbitrary: fc.array(key, { minLength: 1, maxLength: 4 }).map((keys): Command => ['MGET', ...keys]) },
  fc.tuple(fc.constant('EVALSHA'), fc.constant(STORE.sha1.toUpperCase()), fc.constant('1'), key, value, amount),
  fc.tuple(fc.constant('EVALSHA'), fc.constant(STORE.sha1), amount, key, value, amount, version),
  fc.tuple(fc.constantFrom('PTTL', 'DEL', 'GET', 'SET', '7ET'), key),
  fc.constantFrom<Command>(
    ['GET'],
    ['SET', 'a'],
    ['GET', 'a', 'b'],
    ['CLIENT', 'NO-TOUCH', 'ON'],
    ['CLIENT', 'REPLY', 'SKIP'],
  ),
  fc.constantFrom<Command>(['MULTI'], ['EXEC'], ['DISCARD'], ['WATCH', 'a']),
)

describe('commands that run on the bytes of their chunk', () => {
  it('answer and store what they do through the command table (a law, over any commands)', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(2 as const, 3 as const),
        fc.array(fc.tuple(fc.array(command, { minLength: 1, maxLength: 6 }), fc.constantFrom(0, 60, 700)), {
          maxLength: 20,
        }),
        fc.constantFrom(undefined, [], ['BCAST']),
        (protocol, rounds, mode) => {
          const [hot, plain] = [fed(true, protocol, mode), fed(false, protocol, mode)]
          for (const [commands, ms] of rounds) {
            for (const each of [hot, plain]) each.readAll()
            expect(hot.say(...commands)).toBe(plain.say(...commands))
            for (const each of [hot, plain]) {
              each.rest()
              each.wait(ms)
            }
            // Whoever tracks is told the same, too.
            expect(hot.told).toEqual(plain.told)
          }
          const told = ['DISCARD', 'GET a', 'GET b', 'GET c', 'PTTL a', 'PTTL b', 'PTTL c', 'DBSIZE'].map((line) =>
            line.split(' '),
          )
          expect(hot.say(...told)).toBe(plain.say(...told))
          expect(hot.engine.reads).toEqual(plain.engine.reads)
          expect(hot.engine.commands).toBe(plain.engine.commands)
          expect(hot.engine.store.memory).toBe(plain.engine.store.memory)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('are GET, MGET, SET with and without a deadline, and the guarded writes', () => {
    const { say, hot } = fed(true, 2)
    say(['SET', 'a', '1'], ['SET', 'a', '2', 'PX', '100'], ['GET', 'a'], ['get', 'none'])
    expect(hot()).toBe(4)
    say(['EVALSHA', STORE.sha1, '2', 'r', 'cleared', envelope(3, 0), '0', '', ''])
    expect(hot()).toBe(5)
    say(['mget', 'a', 'none'], ['EVALSHA', STORE_EACH.sha1, '2', 'cleared', 's', '1', envelope(3, 0), '0'])
    expect(hot()).toBe(7)
    say(['MULTI'], ['GET', 'a'], ['EXEC'])
    expect(hot()).toBe(7)
  })

  it('are run on their bytes although somebody else tracks, and not for whoever does', () => {
    const { say, hot } = fed(true, 3, [])
    say(['SET', 'a', '1'], ['GET', 'a'])
    expect(hot()).toBe(2)
    say(['HELLO', '3'], ['CLIENT', 'TRACKING', 'ON'], ['GET', 'a'])
    expect(hot()).toBe(2)
  })
})
