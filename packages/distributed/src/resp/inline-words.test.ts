import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { RawClient } from '../../test-support/raw-client.js'
import { type RedisServer, requireRedis, startRedisServer } from '../../test-support/redis-server.js'
import { inlineWords } from './inline-words.js'

const latin1 = (text: string) => Buffer.from(text, 'latin1')

describe('the words of an inline command', () => {
  it.each<[string, string[] | undefined]>([
    ['', []],
    [' \t set  key\v x', ['set', 'key\v', 'x']],
    ['"a b" \'c d\'', ['a b', 'c d']],
    ['a"b c"', ['ab c']],
    ['"\\n\\r\\t\\b\\a\\q\\"\\\\"', ['\n\r\t\b\x07q"\\']],
    ['"\\x41\\xfF\\x4"', ['A\xffx4']],
    ["'it\\'s' '\\n'", ["it's", '\\n']],
    ['\xff\xfe \xa0 \x80', ['\xff\xfe', '\xa0', '\x80']],
    ['"a', undefined],
    ['"a\\"', undefined],
    ['"a"b', undefined],
    ['a \x00 b', ['a']],
  ])('of %j are %j', (line, words) => {
    expect(inlineWords(latin1(line))?.map((word) => Buffer.from(word).toString('latin1'))).toEqual(words)
  })
})

describe.runIf(requireRedis())('are the same to a real server', () => {
  let server: RedisServer | undefined
  afterAll(() => server?.stop())

  it('whatever the line', async () => {
    server = await startRedisServer()
    const pieces = fc.constantFrom(
      'a',
      'b',
      ' ',
      '\t',
      '\v',
      '"',
      "'",
      '\\',
      '\\x41',
      '\\xg',
      'n',
      'x',
      '\xe4',
      '\xa0',
      '\xff',
    )
    const lines = fc.sample(fc.array(pieces, { maxLength: 8 }), { numRuns: 1500, seed: 20261126 })
    let client = await RawClient.open(server.port)
    const outcomes = new Set<string>()
    for (const line of lines.map((all) => `ECHO ${all.join('')}`)) {
      const [reply] = await client.raw(latin1(`${line}\r\n`), 1)
      const words = inlineWords(latin1(line))
      if (words === undefined) {
        expect(reply, line).toBe('-ERR Protocol error: unbalanced quotes in request\r\n')
        await client.close()
        client = await RawClient.open(server.port)
        outcomes.add('unbalanced')
      } else if (words.length === 2) {
        const [, word] = words
        expect(reply, line).toBe(`$${word!.length}\r\n${Buffer.from(word!).toString('latin1')}\r\n`)
        outcomes.add('echoed')
      } else {
        expect(reply, line).toMatch(/^-ERR wrong number of arguments/)
        outcomes.add('counted')
      }
    }
    await client.close()
    expect(outcomes.size).toBe(3)
  })
})
