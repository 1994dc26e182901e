/** HEADS and DROP on the engine, against a server that runs the real scripts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { requireRedis } from '../../test-support/redis-server.js'
import { sameReplies } from '../../test-support/same-replies.js'
import { DROP, HEADS, HOLD } from '../record/comparison-scripts.js'
import { encodeEnvelope } from '../record/envelope.js'
import { makeVersion } from '../record/version.js'
import { tombstoneOf } from '../record/wire-record.js'
import type { Command } from '../resp/reply.js'

describe.runIf(requireRedis())('the scripts of comparison answer as on a server', () => {
  const beside = sameReplies()

  it('over envelopes, other bytes, and nothing', async () => {
    const key = fc.constantFrom('a', 'b', 'c', '!cleared:x', '')
    const version = fc.integer({ min: 1, max: 3 }).map((time) => makeVersion(time, 0, 7))
    const envelope = version.map((each) => encodeEnvelope(tombstoneOf(each, 0), 'any'))
    const value = fc.oneof(envelope, fc.uint8Array({ maxLength: 20 }), fc.constant(Uint8Array.of(1, 0)))
    const keys = fc.array(key, { maxLength: 5 })
    const write = fc.tuple(key, value).map((pair): Command => ['SET', ...pair])
    const heads = keys.map((each): Command => ['EVAL', HEADS.text, `${each.length}`, ...each])
    const expected = fc.oneof(version, fc.constant(''), fc.constant('short'))
    const drop = fc
      .tuple(keys, fc.array(expected, { maxLength: 6 }))
      .map(([each, versions]): Command => ['EVAL', DROP.text, `${each.length}`, ...each, ...versions])
    const guarded = fc
      .tuple(keys, fc.array(expected, { maxLength: 6 }))
      .map(([each, versions]): Command => ['EVAL', DROP.text, `${each.length}`, ...each, ...versions, 'if'])
    const commands = fc.array(fc.oneof(write, heads, drop, guarded), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(commands, async (script) => {
        await beside.same.commands([...script, ['EXISTS', 'a', 'b', 'c']])
      }),
      { numRuns: 60 },
    )
  })

  it('over what is held, by whom, and no more', async () => {
    const text = fc.constantFrom('one', 'two', 'done')
    const claim = text.map((each): Command => ['SET', 'claim', each, 'NX', 'PX', '100000'])
    const hold = fc.tuple(text, text, fc.boolean()).map(([own, next, isForGood]): Command => {
      const keys = isForGood ? ['2', 'claim', 'mark'] : ['1', 'claim']
      return ['EVAL', HOLD.text, ...keys, own, next, '100000']
    })
    const look = fc.constantFrom<Command>(['GET', 'claim'], ['GET', 'mark'], ['PTTL', 'mark'], ['DEL', 'claim'])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(claim, hold, look), { maxLength: 20 }), async (script) => {
        await beside.same.commands([['DEL', 'claim', 'mark'], ...script, ['GET', 'claim'], ['GET', 'mark']])
      }),
      { numRuns: 60 },
    )
  })

  it('by digest, once it is known', async () => {
    await beside.same.commands([
      ['EVAL', HEADS.text, '1', 'a'],
      ['EVAL', DROP.text, '0'],
      ['SCRIPT', 'EXISTS', HEADS.sha1, DROP.sha1],
      ['EVALSHA', HEADS.sha1, '2', 'a', 'b'],
      ['EVALSHA', DROP.sha1, '1', 'a', 'x'],
    ])
  })

  it('leaves out what is of another type', async () => {
    // The embedded node knows strings only; what counts is that nothing fails.
    const { RespClient } = await import('../../test-support/resp-client.js')
    const client = await RespClient.open(beside.server.port)
    await client.pipeline([['FLUSHALL'], ['RPUSH', 'list', 'x']])
    expect(await client.send('EVAL', HEADS.text, '1', 'list')).toMatchObject([{ length: 0 }, 0])
    await client.close()
  })
})
