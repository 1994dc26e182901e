/** What a node tells of itself: INFO, CONFIG, COMMAND, CLIENT LIST and KILL, TIME. */
import { describe, expect, it } from 'vitest'
import { plain } from '../../test-support/resp-client.js'
import { NO_CONNECTION } from './client-state.js'
import { NodeEngine } from './node-engine.js'

const NOW = 1_700_000_000_123

function room() {
  const engine = new NodeEngine({ now: () => NOW, maxMemory: 2 ** 20 })
  const join = (address: string) => {
    const state = { dropped: 0 }
    const client = engine.newClient({ ...NO_CONNECTION, address, drop: () => state.dropped++ })
    const say = (...words: string[]) =>
      plain(
        engine.execute(
          words.map((word) => Buffer.from(word)),
          client,
        ),
      )
    return { client, say, state }
  }
  return { engine, join }
}

const linesOf = (reply: unknown) => (reply as { bytes: string }).bytes.split('\r\n')
const names = (reply: unknown) => (reply as { bytes: string }[]).map(({ bytes }) => bytes)

describe('INFO', () => {
  it('counts calls, refusals and failures by command, and errors by kind, until they are reset', () => {
    const { say } = room().join('1.1.1.1:1')
    say('SET', 'a', 'x')
    say('GET', 'a')
    say('GET', 'a')
    say('INCR', 'a')
    say('NOPE')
    say('EVALSHA', 'f'.repeat(40), '0')
    const counts = linesOf(say('INFO', 'commandstats'))
    for (const [name, calls, failed] of [
      ['get', 2, 0],
      ['incr', 1, 1],
    ]) {
      const line = `cmdstat_${name}:calls=${calls},usec=\\d+,usec_per_call=\\d+\\.\\d\\d,rejected_calls=0,failed_calls=${failed}`
      expect(counts).toContainEqual(expect.stringMatching(new RegExp(`^${line}$`)))
    }
    expect(linesOf(say('INFO', 'ErrorStats'))).toEqual(
      expect.arrayContaining(['errorstat_ERR:count=2', 'errorstat_NOSCRIPT:count=1']),
    )
    expect(linesOf(say('INFO', 'stats'))).toContain('total_error_replies:3')
    expect(say('CONFIG', 'RESETSTAT')).toBe('OK')
    expect(linesOf(say('INFO', 'commandstats'))).not.toContain('cmdstat_get')
    expect(linesOf(say('INFO', 'stats'))).toContain('keyspace_hits:0')
  })

  it('has the sections that tools read, the longest only where they are asked for', () => {
    const { say } = room().join('1.1.1.1:1')
    const sections = (...words: string[]) => linesOf(say('INFO', ...words)).filter((line) => line.startsWith('# '))
    const usual = ['Server', 'Clients', 'Memory', 'Persistence', 'Stats', 'Replication', 'CPU', 'Modules', 'Errorstats']
    const all = [...usual, 'Cluster', 'Keyspace'].map((name) => `# ${name}`)
    expect(sections()).toEqual(all)
    expect(sections('default')).toEqual(all)
    expect(sections('everything')).toEqual([...all, '# Commandstats'])
    expect(sections('cpu', 'nothing')).toEqual(['# CPU'])
  })
})

describe('CLIENT', () => {
  it('lists who is connected, and kills by address, id or all others', () => {
    const { engine, join } = room()
    const [one, two, three] = [join('1.1.1.1:1'), join('2.2.2.2:2'), join('3.3.3.3:3')]
    one.say('CLIENT', 'SETNAME', 'first')
    two.say('MULTI')
    const list = (...words: string[]) =>
      linesOf(one.say('CLIENT', 'LIST', ...words))[0]!
        .trim()
        .split('\n')
    expect(list()).toHaveLength(3)
    expect(list()[0]).toMatch(
      /^id=\d+ addr=1\.1\.1\.1:1 .* name=first age=0 idle=0 flags=N .* cmd=client\|list user=default/,
    )
    expect(list('ID', String(two.client.id))[0]).toMatch(/ flags=x .* multi=0 /)
    expect(one.say('CLIENT', 'LIST', 'TYPE', 'pubsub')).toEqual({ bytes: '' })
    expect(one.say('CLIENT', 'LIST', 'TYPE', 'x')).toEqual({ error: "ERR Unknown client type 'x'" })
    expect(one.say('CLIENT', 'KILL', '9.9.9.9:9')).toEqual({ error: 'ERR No such client' })
    expect(one.say('CLIENT', 'KILL', '2.2.2.2:2')).toBe('OK')
    expect(one.say('CLIENT', 'KILL', 'ID', String(three.client.id), 'ADDR', '1.1.1.1:1')).toBe(0)
    expect(one.say('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')).toBe(2)
    expect([one.state.dropped, two.state.dropped, three.state.dropped]).toEqual([0, 2, 1])
    expect(one.say('CLIENT', 'KILL', 'ID', String(one.client.id), 'SKIPME', 'no')).toBe(1)
    expect(one.client.closing).toBe(true)
    engine.release(one.client)
  })

  it('answers only what is wanted after REPLY', () => {
    const { engine, join } = room()
    const { client } = join('1.1.1.1:1')
    const answer = (...words: string[]) => {
      const reply = engine.answer(
        words.map((word) => Buffer.from(word)),
        client,
      )
      return typeof reply === 'string' ? reply : 'nothing'
    }
    expect(answer('CLIENT', 'REPLY', 'SKIP')).toBe('nothing')
    expect(answer('PING')).toBe('nothing')
    expect(answer('PING')).toBe('PONG')
    expect(answer('CLIENT', 'REPLY', 'OFF')).toBe('nothing')
    expect([answer('PING'), answer('NOPE'), answer('CLIENT', 'REPLY', 'SKIP'), answer('PING')]).toEqual(
      Array(4).fill('nothing'),
    )
    expect(answer('CLIENT', 'REPLY', 'ON')).toBe('OK')
    expect(answer('PING')).toBe('PONG')
  })
})

describe('CONFIG and COMMAND', () => {
  it('refuse to change what is given at the start', () => {
    const { say } = room().join('1.1.1.1:1')
    expect(say('CONFIG', 'SET', 'maxmemory', '1')).toEqual({
      error: "ERR CONFIG SET failed (possibly related to argument 'maxmemory') - can't set immutable config",
    })
    expect(say('CONFIG', 'SET', 'nope', '1')).toEqual({
      error: "ERR Unknown option or number of arguments for CONFIG SET - 'nope'",
    })
    expect(say('CONFIG', 'GET', 'maxmem*')).toHaveLength(2)
  })

  it('tell the keys of a command, and commands by pattern and category', () => {
    const { say } = room().join('1.1.1.1:1')
    const keys = (...words: string[]) => say('COMMAND', 'GETKEYS', ...words)
    expect(keys('mset', 'a', '1', 'b', '2')).toEqual([{ bytes: 'a' }, { bytes: 'b' }])
    expect(keys('memory', 'usage', 'a')).toEqual([{ bytes: 'a' }])
    expect(keys('eval', 'return 1', '1', 'a', 'b')).toEqual([{ bytes: 'a' }])
    expect(keys('eval', 'return 1', '0')).toEqual([])
    expect(keys('ping')).toEqual({ error: 'ERR The command has no key arguments' })
    expect(keys('nope')).toEqual({ error: 'ERR Invalid command specified' })
    expect(keys('get')).toEqual({ error: 'ERR Invalid number of arguments specified for command' })
    expect(names(say('COMMAND', 'LIST', 'FILTERBY', 'PATTERN', 'config|*re*'))).toEqual(['config|resetstat'])
    expect(names(say('COMMAND', 'LIST', 'FILTERBY', 'ACLCAT', 'scripting'))).toEqual(['eval', 'evalsha'])
    expect(say('COMMAND', 'LIST', 'x')).toEqual({ error: 'ERR syntax error' })
    expect(say('COMMAND', 'INFO', 'get|key', 'config|get')).toEqual([null, expect.any(Array)])
  })

  it('tell the time of the node', () => {
    expect(room().join('1.1.1.1:1').say('TIME')).toEqual([{ bytes: '1700000000' }, { bytes: '123000' }])
  })
})
