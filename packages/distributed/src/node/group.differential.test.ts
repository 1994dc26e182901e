/** The scripts of transactions, run natively, against a server that runs the real ones. */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { requireRedis } from '../../test-support/redis-server.js'
import { sameReplies } from '../../test-support/same-replies.js'
import { ACCEPT, APPLY, PREPARE } from '../record/group-scripts.js'
import type { Command } from '../resp/reply.js'

const FAR = `${Math.ceil(Date.now() / 1000) * 1000 + 10_000_000}`
const KEYS = ['group', 'a', 'b', 'c']
const SCRIPTS = [PREPARE, ACCEPT, APPLY]

/** Few, so that they meet. */
const version = fc.tuple(fc.constantFrom(0, 1, 255), fc.constantFrom(0, 7)).map(([first, last]) => {
  const bytes = new Uint8Array(14)
  bytes[0] = first
  bytes[13] = last
  return bytes
})
const bytesOf = (head: readonly number[], stamp: Uint8Array, rest: Uint8Array) =>
  Uint8Array.from([...head, ...stamp, ...rest])
const envelope = fc
  .tuple(version, fc.uint8Array({ maxLength: 12 }))
  .map(([stamp, rest]) => bytesOf([1, 0], stamp, rest))
const decided = fc
  .tuple(fc.constantFrom(1, 2), version, fc.uint8Array({ maxLength: 12 }))
  .map(([state, ballot, rest]) => bytesOf([state], ballot, rest))
const foreign = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  envelope,
  fc.tuple(version, decided).map(([promised, rest]) => bytesOf([1, 0], promised, rest)),
)
const key = fc.constantFrom(...KEYS)
const others = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 })
const expiry = fc.constantFrom('0', FAR)
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.tuple(fc.constant('SET'), key, foreign),
  fc.tuple(fc.constant('DEL'), key),
  fc
    .tuple(others, version, expiry)
    .map(
      ([keys, ballot, at]): Command => [
        ...['EVALSHA', PREPARE.sha1, `${1 + keys.length}`, 'group', ...keys],
        ballot,
        at,
      ],
    ),
  fc
    .tuple(version, decided, expiry)
    .map(([ballot, rest, at]): Command => ['EVALSHA', ACCEPT.sha1, '1', 'group', ballot, rest, at]),
  fc
    .tuple(others, version, fc.array(fc.tuple(envelope, expiry), { minLength: 3, maxLength: 3 }))
    .map(
      ([keys, ballot, records]): Command => [
        ...['EVALSHA', APPLY.sha1, `${1 + keys.length}`, 'group', ...keys],
        ballot,
        ...records.slice(0, keys.length).flat(),
      ],
    ),
)
const state = KEYS.flatMap((name): Command[] => [
  ['GET', name],
  ['PEXPIRETIME', name],
])

describe.runIf(requireRedis())("a group's scripts answer as a server's, and leave the same behind", () => {
  const beside = sameReplies()

  it('in any order, whatever lies there', async () => {
    const loaded = SCRIPTS.map(({ text }): Command => ['SCRIPT', 'LOAD', text])
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 30 }), async (commands) => {
        await beside.same.commands([...loaded, ...commands, ...state])
      }),
      { numRuns: 400 },
    )
  })

  it('sent as EVAL, too', async () => {
    const [ballot] = fc.sample(version, { numRuns: 1, seed: 1 })
    const [rest] = fc.sample(decided, { numRuns: 1, seed: 1 })
    await beside.same.commands([
      ['EVAL', PREPARE.text, '2', 'group', 'a', ballot!, FAR],
      ['EVAL', ACCEPT.text, '1', 'group', ballot!, rest!, FAR],
      ['EVAL', APPLY.text, '1', 'group', ballot!],
      ...state,
    ])
  })
})
