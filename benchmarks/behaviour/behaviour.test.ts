/** What the table says of us is what we promise, probe by probe; and whatever the answers are, there is a table. */
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { workspaceAlias } from '../../vitest.config.js'
import { askAll, NO_CALL } from './ask.js'
import { LIBRARY_NAMES, libraryNamed, OURS } from './libraries/index.js'
import { PROBES } from './probes/index.js'
import { tableOf } from './table.js'

type Promised = readonly [ttlCache: string, withCache: string, distributedCache: string]

const all = (cell: string): Promised => [cell, cell, cell]
const memoized = (cell: string): Promised => [NO_CALL, cell, NO_CALL]
const caches = (cell: string): Promised => [cell, NO_CALL, cell]

const PROMISED: Readonly<Record<string, Promised>> = {
  'fill-after-delete': all('not cached'),
  'fill-after-set': caches('fresh'),
  'fill-after-clear': all('not cached'),
  'load-after-delete': all('fresh'),
  'slow-loader': all('1 load'),
  'failing-loader': all('1 load'),
  'load-after-failure': all('loads'),
  'load-undefined': ['rejects', 'not cached', 'rejects'],
  'load-more-than-room': all('all answered'),
  'shared-by-callers': ['seen by the other, the cache', 'seen by the other, the cache', 'seen by the other'],
  'falsy-values': all('ok'),
  'undefined-value': caches('throws'),
  'mutation-by-reader': ['seen', 'seen', 'not seen'],
  'mutation-by-writer': ['seen', 'seen', 'not seen'],
  'ttl-unit': all('seconds'),
  'ttl-zero': all('throws'),
  'ttl-negative': all('throws'),
  'ttl-nan': all('throws'),
  'ttl-infinity': all('for ever'),
  'ttl-fractional': all('expires'),
  'ttl-overflow': all('expires after 24.8 days'),
  deadline: all('hit, miss, miss'),
  'deadline-after-set': caches('new life'),
  'expired-visible': ['size', NO_CALL, 'none'],
  'memo-type': memoized('two keys'),
  'memo-order': memoized('one key'),
  'memo-nested': memoized('one key'),
  'memo-second': memoized('two keys'),
  'memo-missing': memoized('two keys'),
  'memo-nan': memoized('two keys'),
  'memo-undefined-property': memoized('two keys'),
  'memo-date': memoized('two keys'),
  'memo-map': memoized('two keys'),
  'memo-set': memoized('two keys'),
  'memo-bigint': memoized('two keys'),
  'memo-separator': memoized('two keys'),
  'memo-two-functions': memoized('throws'),
  'memo-hash': memoized('ok'),
  'inherited-names': caches('ok'),
  'eviction-told': ['once each: capacity', NO_CALL, NO_CALL],
  'eviction-of-immortals': ['2 held', NO_CALL, NO_CALL],
  'expiry-told': ['once: expired', NO_CALL, NO_CALL],
  'throwing-callback': ['ok', NO_CALL, NO_CALL],
  'throwing-listener': caches('ok'),
  'iterate-deleting': caches('all seen'),
  'iterate-setting': caches('ends'),
  'iterate-rewriting': caches('each once'),
  'store-fails-get': [NO_CALL, NO_CALL, 'throws'],
  'store-fails-set': [NO_CALL, NO_CALL, 'throws'],
  'store-fails-load': [NO_CALL, 'throws', 'throws'],
  'second-layer': all(NO_CALL),
  'second-layer-fails': all(NO_CALL),
  'process-ends': all('ends'),
}

/** The probing process, over the sources, where Node finds the packages that these need. */
let folder: string
let worker: string

beforeAll(async () => {
  folder = await mkdtemp(fileURLToPath(new URL('../node_modules/.behaviour-', import.meta.url)))
  worker = join(folder, 'worker.js')
  await build({
    entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url))],
    outfile: worker,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    alias: workspaceAlias,
    // Our packages' dependencies are theirs alone, so they are bundled; the libraries beside us are never read.
    external: LIBRARY_NAMES.filter((name) => !OURS.includes(name)),
    logLevel: 'error',
  })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('our answers', () => {
  it.each(OURS.map((name, at) => [name, at] as const))(
    'of %s are as promised',
    async (library, at) => {
      // A process for each kind of time suffices: we break nothing of our own.
      const kinds = [
        PROBES.filter(({ fakeTime, exits }) => !fakeTime && !exits),
        PROBES.filter(({ fakeTime }) => fakeTime),
        PROBES.filter(({ exits }) => exits),
      ]
      const questions = kinds.map((kind) => ({
        library,
        probes: kind.map(({ id }) => id),
        exits: kind.some(({ exits }) => exits),
      }))
      const cells = (await askAll(worker, questions, availableParallelism())).flat()
      const answers = Object.fromEntries(kinds.flat().map(({ id }, at) => [id, cells[at]]))
      expect(answers).toEqual(Object.fromEntries(Object.entries(PROMISED).map(([id, promised]) => [id, promised[at]])))
    },
    240_000,
  )
})

describe('the table', () => {
  it('has a row a probe and a column a library, whatever they answer', () => {
    const columns = LIBRARY_NAMES.map((library) => ({
      library,
      version: '1.2.3',
      cells: Object.fromEntries(PROBES.map(({ id }) => [id, 'a | b'])),
    }))
    const lines = tableOf(PROBES, { node: 'v20', columns }).split('\n')
    expect(lines).toHaveLength(3 + PROBES.length)
    expect(new Set(lines.map((line) => line.replaceAll('\\|', '').split('|').length))).toEqual(
      new Set([LIBRARY_NAMES.length + 3]),
    )
  })

  it('has each probe and each library once', async () => {
    expect(new Set(PROBES.map(({ id }) => id)).size).toBe(PROBES.length)
    expect(new Set(PROBES.map(({ title }) => title)).size).toBe(PROBES.length)
    await expect(libraryNamed('memory')).rejects.toThrow('no library is named "memory"')
  })
})
