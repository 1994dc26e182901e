/** Commands on values, on an engine by itself. */
import { describe, expect, it } from 'vitest'
import { plain } from '../../test-support/resp-client.js'
import { addLongDoubles, formatLongDouble, type LongDouble, parseLongDouble } from './long-double.js'
import { NodeEngine } from './node-engine.js'

const T0 = 1_700_000_000_000

function engine(bounds: { maxMemory?: number; maxSize?: number } = {}) {
  let now = T0
  const node = new NodeEngine({ now: () => now, ...bounds })
  const run = (...command: string[]) => plain(node.execute(command.map((part) => Buffer.from(part, 'latin1'))))
  return { node, run, advance: (ms: number) => (now += ms) }
}

const bytes = (text: string) => ({ bytes: text })

describe('reads that change something', () => {
  it('GETDEL, GETSET and GETEX answer what stood before', () => {
    const { run, advance } = engine()
    run('SET', 'a', '1')
    expect(run('GETSET', 'a', '2')).toEqual(bytes('1'))
    expect(run('GETEX', 'a', 'EX', '10')).toEqual(bytes('2'))
    expect(run('TTL', 'a')).toBe(10)
    expect(run('GETEX', 'a')).toEqual(bytes('2'))
    expect(run('TTL', 'a')).toBe(10)
    expect(run('GETEX', 'a', 'PERSIST')).toEqual(bytes('2'))
    expect(run('TTL', 'a')).toBe(-1)
    expect(run('GETDEL', 'a')).toEqual(bytes('2'))
    expect(run('GETDEL', 'a')).toBe(null)
    run('SET', 'b', '1', 'PX', '5')
    advance(5)
    expect(run('GETEX', 'b', 'EX', '10')).toBe(null)
  })

  it('count as hits and misses', () => {
    const { node, run } = engine()
    run('SET', 'a', '1')
    for (const name of ['GETEX', 'GETDEL', 'GETDEL', 'GETEX']) run(name, 'a')
    expect(node.reads).toEqual({ hits: 2, misses: 2 })
  })
})

describe('writes to a part of a value', () => {
  it('keep the deadline', () => {
    const { run } = engine()
    run('SET', 'a', '5', 'EX', '10')
    run('INCR', 'a')
    run('APPEND', 'a', '1')
    run('SETRANGE', 'a', '3', 'x')
    run('SET', 'f', '1', 'EX', '10')
    run('INCRBYFLOAT', 'f', '0.5')
    expect(run('MGET', 'a', 'f')).toEqual([bytes('61\0x'), bytes('1.5')])
    expect([run('TTL', 'a'), run('TTL', 'f')]).toEqual([10, 10])
  })

  it('are refused when the value cannot fit, before it is made', () => {
    const { run } = engine({ maxMemory: 20_000 })
    expect(run('SETRANGE', 'a', '500000000', 'x')).toEqual({ error: expect.stringMatching(/^OOM /) })
    expect(run('SETRANGE', 'a', '9000000000', 'x')).toEqual({
      error: 'ERR string exceeds maximum allowed size (proto-max-bulk-len)',
    })
    run('SET', 'a', 'x'.repeat(9000))
    expect(run('APPEND', 'a', 'y'.repeat(2500))).toEqual({ error: expect.stringMatching(/^OOM /) })
    expect(run('STRLEN', 'a')).toBe(9000)
  })
})

describe('several values at once', () => {
  it('are stored together or not at all', () => {
    const { run } = engine({ maxSize: 2 })
    expect(run('MSET', 'a', '1', 'b', '2', 'c', '3')).toEqual({ error: expect.stringMatching(/^OOM /) })
    expect(run('DBSIZE')).toBe(0)
    expect(run('MSET', 'a', '1', 'b', '2')).toBe('OK')
    expect(run('MSETNX', 'c', '1', 'b', '2')).toBe(0)
    expect(run('MGET', 'a', 'b', 'c')).toEqual([bytes('1'), bytes('2'), null])
  })
})

describe('counters', () => {
  it('are exact to 64 bits and refuse to overflow', () => {
    const { run } = engine()
    expect(run('INCRBY', 'a', '9223372036854775806')).toBe(9223372036854775806n)
    expect(run('INCR', 'a')).toBe(9223372036854775807n)
    expect(run('INCR', 'a')).toEqual({ error: 'ERR increment or decrement would overflow' })
    expect(run('DECRBY', 'a', '-9223372036854775808')).toEqual({ error: 'ERR decrement would overflow' })
    expect(run('GET', 'a')).toEqual(bytes('9223372036854775807'))
  })
})

describe('long doubles', () => {
  const read = (text: string) => parseLongDouble(text) as LongDouble

  it('keep 64 bits and show 17 decimals', () => {
    expect(formatLongDouble(read('123456789012345678901234567890'))).toBe('123456789012345678899921813504')
    expect(formatLongDouble(read('0.1'))).toBe('0.1')
    expect(formatLongDouble(read('-5e-18'))).toBe('0')
    expect(formatLongDouble(read('15e-18'))).toBe('0.00000000000000002')
    expect(formatLongDouble(addLongDoubles(read('0.1'), read('0.2')) as LongDouble)).toBe('0.3')
    expect(addLongDoubles(read('1e4932'), read('1e4932'))).toBe('infinite')
  })

  it('are bounded, whatever is claimed', () => {
    for (const text of ['1e99999999999', '-1e-99999999999', '0x1p99999999', '9'.repeat(6000), '', '.', 'e1', '0x']) {
      expect(parseLongDouble(text), text.slice(0, 20)).toBeUndefined()
    }
    expect(parseLongDouble('-inf')).toBe('infinite')
  })
})
