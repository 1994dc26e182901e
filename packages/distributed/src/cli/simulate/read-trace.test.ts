import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { CacheConfigError } from '@mtaio/exceptions'
import { requestsOf } from '@mtaio/policies/simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readTrace } from './read-trace.js'
import type { LineFormat } from './request-line.js'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mtaio-trace-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function read(content: string | Buffer, format: LineFormat = {}) {
  const file = join(folder, 'trace')
  await writeFile(file, content)
  return readTrace(file, format)
}

async function complaint(content: string | Buffer, format: LineFormat = {}): Promise<string> {
  const error = await read(content, format).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(CacheConfigError)
  return (error as Error).message.replaceAll(folder, '')
}

describe('a trace of keys', () => {
  it('has one a line, whatever ends the lines; blank ones say nothing', async () => {
    const wanted = requestsOf(['a', 'b c', 'a', 'ключ,"'])
    for (const text of ['a\nb c\na\nключ,"\n', 'a\r\nb c\r\na\r\nключ,"', '\n\na\n\nb c\na\nключ,"\n\n']) {
      expect(await read(text)).toEqual(wanted)
      expect(await read(gzipSync(text))).toEqual(wanted)
    }
  })

  it('may be longer than a chunk, and have been gzipped in parts', async () => {
    const keys = Array.from({ length: 150_000 }, (_, at) => `key ${at % 999} ${'x'.repeat(at % 13)}`)
    const [first, second] = [keys.slice(0, 70_001), keys.slice(70_001)].map((part) => `${part.join('\n')}\n`)
    const wanted = requestsOf(keys)
    expect(await read(first! + second!)).toEqual(wanted)
    expect(await read(Buffer.concat([gzipSync(first!), gzipSync(second!)]))).toEqual(wanted)
    expect((await read(`${'y'.repeat(700_000)}\nz`)).ids).toHaveLength(2)
  })

  it('tells how much has been read', async () => {
    const told: [number, number | undefined][] = []
    const file = join(folder, 'long')
    await writeFile(file, 'key\n'.repeat(200_000))
    await readTrace(file, {}, (done, total) => told.push([done, total]))
    expect(told.length).toBeGreaterThan(1)
    expect(told.at(-1)).toEqual([800_000, 800_000])
  })

  it('is refused where it is none', async () => {
    expect(await complaint('')).toBe('/trace has no requests: a trace has one key a line')
    expect(await complaint('\n\n')).toMatch(/has no requests/)
    expect(await complaint('a\nb\0c\n')).toBe('/trace, line 2: it is no text')
    expect(await complaint(`a\n${'x'.repeat(3 << 20)}\nb`)).toMatch(/^\/trace, line 2: it is longer than/)
    expect(await complaint(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]))).toMatch(/zstd -dc … \| mtaio simulate -$/)
  })

  it('that cannot be read says why', async () => {
    const packed = gzipSync('key\n'.repeat(1000))
    expect(await complaint(packed.subarray(0, -9))).toMatch(/gzip ends too early/)
    expect(await complaint(Buffer.concat([packed.subarray(0, 12), Buffer.alloc(20, 0xff)]))).toMatch(/gzip is damaged/)
    await expect(readTrace(folder, {})).rejects.toThrow(/it is a folder/)
    await expect(readTrace(join(folder, 'none'), {})).rejects.toThrow(/there is no such file/)
  })
})

describe('a trace of columns', () => {
  it('has its key in a column by number or by name', async () => {
    const wanted = requestsOf(['a', 'b', 'a'])
    expect(await read('1,a\n2,b\n3,a\n', { keyColumn: '2' })).toEqual(wanted)
    expect(await read('time,key\n1,a\n2,b\n3,a\n', { keyColumn: 'key' })).toEqual(wanted)
    expect(await read('a\t1\nb\t2\na\t3\n', { delimiter: '\\t' })).toEqual(wanted)
    expect(await read('a 1\nb 2\na 3\n', { delimiter: ' ' })).toEqual(wanted)
  })

  it('may have quotes', async () => {
    const requests = await read('"x ""y"" ,z",1\nw,"2"\n"x ""y"" ,z",3\n"q"\n', { keyColumn: '1' })
    expect([...requests.ids]).toEqual([0, 1, 0, 2])
  })

  it('may have the size of the entry in another', async () => {
    const requests = await read('key,"the size"\na,10\nb, 2.5\na,1e3\n', { keyColumn: 'key', weightColumn: 'the size' })
    expect([...requests.weights!]).toEqual([10, 2.5, 1000])
    expect([...(await read('a;1\nb;2', { weightColumn: '2', delimiter: ';' })).weights!]).toEqual([1, 2])
  })

  it.each<[string, LineFormat, RegExp]>([
    [
      'a,1\nb\n',
      { keyColumn: '2' },
      /line 2: it has one column, but --key-column is column 2; does --delimiter fit\?$/,
    ],
    ['a,1\nb,2,3\n', { weightColumn: '3' }, /line 1: it has 2 columns, but --size-of-entries is column 3/],
    ['a,1\n,2\n', { keyColumn: '1' }, /line 2: column 1, the key, is empty$/],
    ['key,size\na,1\n', { weightColumn: '2' }, /line 1: column 2, the size of the entry, is 'size'.*by name$/],
    ['a,1\nb,-1\n', { weightColumn: '2' }, /line 2: .*'-1'/],
    ['a,1\nb,\n', { weightColumn: '2' }, /line 2: .*''/],
    ['a,1\n"b,2\n', { keyColumn: '1' }, /line 2: a quote is opened in column 1 and not closed$/],
    ['a,1\n"b"c,2\n', { keyColumn: '1' }, /line 2: column 1 goes on after its closing quote$/],
    ['id,size\na,1\n', { keyColumn: 'key' }, /line 1: --key-column 'key' is none of its columns: id, size$/],
    ['a', { keyColumn: '0' }, /^--key-column counts from 1$/],
    ['a', { delimiter: '::' }, /^--delimiter must be one ASCII character/],
  ])('%j with %j is refused', async (text, format, says) => {
    expect(await complaint(text, format)).toMatch(says)
  })
})
