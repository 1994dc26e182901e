/** Who is told of what, without a socket; the messages beside a server's are in tracking.differential.test.ts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plain } from '../../../test-support/resp-client.js'
import { replyOf } from '../../resp/answer.js'
import { usersOf } from '../access/user-options.js'
import { NO_CONNECTION } from '../client-state.js'
import { NodeEngine, type NodeEngineOptions } from '../node-engine.js'

const EVERYTHING = ['*']

/** An engine, and clients that keep what they are told of, newest last. */
function room(options: Partial<NodeEngineOptions> = {}) {
  let now = 1_700_000_000_000
  const engine = new NodeEngine({ now: () => now, ...options })
  const join = (tracking?: string[]) => {
    const told: string[] = []
    const client = engine.newClient({
      ...NO_CONNECTION,
      push(message) {
        const [, keys] = plain(replyOf(message)) as [unknown, { bytes: string }[] | null]
        told.push(...(keys === null ? EVERYTHING : keys.map(({ bytes }) => bytes)))
      },
    })
    const say = (...words: string[]) =>
      plain(
        engine.execute(
          words.map((word) => Buffer.from(word, 'latin1')),
          client,
        ),
      )
    say('HELLO', '3')
    if (tracking !== undefined) expect(say('CLIENT', 'TRACKING', 'ON', ...tracking)).toBe('OK')
    return { client, say, told, heard: () => told.splice(0) }
  }
  return { engine, join, pass: (ms: number) => (now += ms) }
}

describe('tracking', () => {
  it('tells of eviction and expiry, at a read or in a sweep, also those who want no news of their own writes', () => {
    const { engine, join, pass } = room({ maxSize: 2, evictionPolicy: 'fifo' })
    const near = join(['NOLOOP'])
    near.say('SET', 'a', '1', 'PX', '100')
    near.say('SET', 'b', '1')
    near.say('MGET', 'a', 'b')
    near.say('SET', 'c', '1')
    expect(near.heard()).toEqual(['a'])
    near.say('SET', 'd', '1', 'PX', '100')
    expect(near.heard()).toEqual(['b'])
    near.say('GET', 'd')
    pass(101)
    expect(near.say('GET', 'd')).toBe(null)
    expect(near.heard()).toEqual(['d'])
    near.say('SET', 'e', '1', 'PX', '100')
    near.say('GET', 'e')
    pass(5000)
    engine.sweep(10)
    expect(near.heard()).toEqual(['e'])
  })

  it('drops the oldest keys beyond its bound, and tells their readers', () => {
    const { engine, join } = room({ maxTracked: 3 })
    const [one, two] = [join(['NOLOOP']), join(['NOLOOP'])]
    one.say('MGET', 'a', 'b')
    two.say('GET', 'a')
    expect(engine.tracking.tracked).toBe(3)
    two.say('GET', 'c')
    expect([one.heard(), two.heard()]).toEqual([['a'], ['a']])
    expect(engine.tracking).toMatchObject({ tracked: 2, dropped: 1, keys: 2 })
  })

  it('forgets everything once nobody tracks', () => {
    const { engine, join } = room()
    const near = join(['OPTIN'])
    near.say('CLIENT', 'CACHING', 'YES')
    near.say('GET', 'a')
    expect(engine.tracking.tracked).toBe(1)
    engine.release(near.client)
    expect(engine.tracking).toMatchObject({ tracked: 0, clients: 0, keys: 0 })
    expect(engine.store.watches.size).toBe(0)
  })

  it('stops at RESET, and refuses to redirect with the way out', () => {
    const { join } = room()
    const near = join(['BCAST'])
    expect(near.say('CLIENT', 'TRACKING', 'ON', 'REDIRECT', '1')).toEqual({
      error:
        'ERR this node redirects no invalidations: use RESP3 (HELLO 3), where they come over the connection that tracks',
    })
    near.say('RESET')
    join().say('SET', 'a', '1')
    expect(near.heard()).toEqual([])
  })

  it('tells a user of its own keys only', () => {
    const { join } = room({ users: usersOf('root', [{ name: 'app', password: 'a', keys: ['user:*'] }]) })
    const near = join()
    near.say('HELLO', '3', 'AUTH', 'app', 'a')
    near.say('CLIENT', 'TRACKING', 'ON', 'BCAST')
    const root = join()
    root.say('AUTH', 'root')
    root.say('MSET', 'secret', '1', 'user:1', '2')
    expect(near.heard()).toEqual(['user:1'])
  })

  it('keeps copies that are never stale (a law, over any commands of two caches)', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const step = fc.record({
      who: fc.nat(1),
      words: fc.oneof(
        { weight: 4, arbitrary: fc.tuple(fc.constant('GET'), key) },
        fc.tuple(fc.constant('SET'), key, fc.string({ maxLength: 3 })),
        fc.tuple(fc.constant('SET'), key, fc.constant('v'), fc.constant('PX'), fc.constant('30')),
        fc.tuple(fc.constantFrom('DEL', 'GETDEL', 'INCR', 'PERSIST'), key),
        fc.tuple(fc.constantFrom('RENAME', 'COPY'), key, key),
        fc.tuple(fc.constant('APPEND'), key, fc.constant('x')),
        fc.tuple(fc.constant('MSET'), key, fc.constant('1'), key, fc.constant('2')),
        fc.constantFrom(['FLUSHALL'], ['MULTI'], ['EXEC'], ['DISCARD']),
      ),
      later: fc.constantFrom(0, 0, 10, 40),
    })
    const modes = fc.constantFrom<string[]>([], ['BCAST'], ['BCAST', 'PREFIX', 'a', 'PREFIX', 'b'])
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), modes, modes, (steps, ...wanted) => {
        const { engine, join, pass } = room({ maxSize: 4, maxTracked: 4 })
        const caches = wanted.map((mode) => ({ ...join(mode), mode, copies: new Map<string, unknown>() }))
        const reader = join()
        for (const { who, words, later } of steps) {
          pass(later)
          engine.sweep(100)
          const cache = caches[who]!
          const reply = cache.say(...(words as string[]))
          for (const each of caches) {
            for (const name of each.heard()) name === '*' ? each.copies.clear() : each.copies.delete(name)
          }
          const [name, first] = words as string[]
          const isMine = !cache.mode.includes('PREFIX') || first === 'a' || first === 'b'
          if (name === 'GET' && reply !== 'QUEUED' && isMine) cache.copies.set(first!, reply)
          for (const { copies, heard } of caches) {
            for (const [copied, value] of copies) expect([copied, reader.say('GET', copied)]).toEqual([copied, value])
            expect(heard()).toEqual([])
          }
        }
      }),
      { numRuns: 300, seed: 20261125 },
    )
  })
})
