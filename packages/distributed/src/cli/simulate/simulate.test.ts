/** The command as users run it: real processes of the bundled sources, watched from outside. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { EvictionPolicy } from '@mtaio/policies'
import { requestsOf, simulate } from '@mtaio/policies/simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildCommand } from '../../../test-support/build-command.js'

/** Some keys are asked for often, some once, in an order that looks like none. */
const keys = Array.from({ length: 5000 }, (_, at) => `user:${at % 3 === 0 ? at : (at * at) % 211}`)
const lines = `${keys.join('\n')}\n`

let folder: string
let command: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mtaio-simulate-'))
  command = await buildCommand(folder)
  await writeFile(join(folder, 'plain.txt'), lines)
  await writeFile(join(folder, 'packed.gz'), gzipSync(lines))
  const table = keys.map((key, at) => `${at};"${key}";${1 + (key.length % 4)}\n`)
  await writeFile(join(folder, 'table.csv'), `time;key;bytes\n${table.join('')}`)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function run(words: readonly string[], input: string | Buffer = '') {
  const child = spawn(process.execPath, [command, 'simulate', ...words], { cwd: folder })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [output, complaints, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ])
  return { output, complaints, code }
}

/** The rows of a table: first cell → the others. */
function rowsOf(output: string): Record<string, string[]> {
  const rows = output.split('\n').map((line) => line.trim().split(/ {2,}/))
  return Object.fromEntries(rows.map(([head, ...cells]) => [head, cells]))
}

describe('mtaio simulate', () => {
  it('shows every policy and the optimum at each size', async () => {
    const { output, complaints, code } = await run(['plain.txt', '--sizes', '1%,100'])
    expect({ complaints, code }).toEqual({ complaints: '', code: 0 })
    const rows = rowsOf(output)
    const requests = requestsOf(keys)
    const capacities = [Math.round(requests.hashes.length / 100), 100]
    for (const policy of Object.values(EvictionPolicy)) {
      const wanted = capacities.map((capacity) => (100 * simulate(requests, { policy, capacity }).hitRatio).toFixed(2))
      expect(rows[policy]).toEqual(wanted)
      for (const [at, ratio] of wanted.entries())
        expect(Number(rows.optimum![at])).toBeGreaterThanOrEqual(Number(ratio))
    }
  })

  it('reads gzip and the standard input, packed or not, as it reads a file', async () => {
    const figures = async (words: string[], input?: string | Buffer) => {
      const { output, complaints } = await run([...words, '--policies', 'lru,lfu'], input)
      expect(complaints).toBe('')
      return output.slice(output.indexOf(':'))
    }
    const wanted = await figures(['plain.txt'])
    expect(await figures(['packed.gz'])).toBe(wanted)
    expect(await figures(['-'], lines)).toBe(wanted)
    expect(await figures(['-'], gzipSync(lines))).toBe(wanted)
    expect(await figures(['table.csv', '--key-column', 'key', '--delimiter', ';'])).toBe(wanted)
  })

  it('prints for programs, and draws', async () => {
    const words = ['plain.txt', '-', '--policies', 'lru', '--sizes', '5%,50%', '--json', '--svg', 'chart.svg']
    const { output, code } = await run(words, 'a\nb\na\n')
    expect(code).toBe(0)
    const { traces } = JSON.parse(output)
    expect(traces.map(({ trace }: { trace: string }) => trace)).toEqual(['plain.txt', 'stdin'])
    expect(traces[1]).toEqual({
      trace: 'stdin',
      requests: 3,
      uniqueKeys: 2,
      ceiling: 1 - 2 / 3,
      isOptimumExact: true,
      sizes: [
        { size: '5%', capacity: 1 },
        { size: '50%', capacity: 1 },
      ],
      rows: [
        { policy: 'lru', results: Array(2).fill({ requests: 3, hits: 0, hitRatio: 0 }) },
        { policy: 'optimum', results: Array(2).fill({ requests: 3, hits: 1, hitRatio: 1 / 3 }) },
      ],
    })
    expect(await readFile(join(folder, 'chart.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s)
  })

  it('weighs entries', async () => {
    const words = ['table.csv', '--delimiter', ';', '--key-column', 'key', '--size-of-entries', 'bytes']
    const { output, code } = await run([...words, '--sizes', '5%,1kb', '--policies', 'lru'])
    expect(code).toBe(0)
    expect(output).toMatch(/hits, % of requests.*optimum ≈.*hits, % of weight.*optimum ≈: an approximation/s)
  })

  it.each<[string[], RegExp]>([
    [['plain.txt', '--policies', 'lru,lur'], /^mtaio: --policies takes all, or .*not 'lur': did you mean 'lru'\?\n$/],
    [['plain.txt', '--policies', ''], /^mtaio: --policies takes all, or .*not ''\n$/],
    [['plain.txt', '--sizes', '0%'], /^mtaio: --sizes takes shares .*not '0%'\n$/],
    [['none.txt'], /^mtaio: none\.txt cannot be read: there is no such file/],
    [['.'], /^mtaio: \. cannot be read: it is a folder/],
    [['-', '-'], /^mtaio: -, the standard input, can be read only once\n$/],
    [['-'], /^mtaio: stdin has no requests/],
    [['table.csv', '--size-of-entries', '3', '--delimiter', ';'], /^mtaio: table\.csv, line 1: column 3, .*'bytes'/],
    [
      ['plain.txt', '--svg', 'no/such/chart.svg'],
      /^mtaio: the chart cannot be written to no\/such\/chart\.svg: ENOENT/,
    ],
    [[], /missing required argument 'trace'/],
  ])('refuses %j in one line', async (words, complaint) => {
    const { complaints, code } = await run(words)
    expect(code).toBe(1)
    expect(complaints).toMatch(complaint)
    expect(complaints.trimEnd().split('\n')).toHaveLength(1)
  })
})
