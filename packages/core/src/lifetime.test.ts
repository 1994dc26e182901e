import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const from = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mtaio-lifetime-'))
const bundle = join(folder, 'core.mjs')

/** Runs a program over the sources in a process of its own, with the collector at hand; what it printed. */
function run(program: string): string {
  const source = `import { TTLCache } from ${JSON.stringify(bundle)}\n${program}`
  return execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '--eval', source], {
    encoding: 'utf8',
    timeout: 20_000,
  }).trim()
}

describe('the lifetime of a cache', () => {
  beforeAll(() =>
    build({
      entryPoints: [from('./index.ts')],
      outfile: bundle,
      bundle: true,
      format: 'esm',
      alias: {
        '#diagnostics': from('./diagnostics/none.ts'),
        '@mtaio/policies/advice': from('../../policies/src/advice/index.ts'),
        '@mtaio/policies': from('../../policies/src/index.ts'),
        '@mtaio/exceptions': from('../../exceptions/src/index.ts'),
      },
    }),
  )
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('does not keep the process alive', () => {
    // With a timer that held the loop, the process would run into the time-out.
    expect(
      run(`const cache = new TTLCache({ cleanupInterval: 3600 }); await cache.set('key', 1); console.log('end')`),
    ).toBe('end')
  })

  it('ends with the last reference: one dropped without stop() is collected', () => {
    expect(
      run(`
        const refs = []
        async function makeAndDrop(number) {
          const cache = new TTLCache({ cleanupInterval: 3600, onEvicted: () => {} })
          cache.on('expire', () => {})
          await cache.set('key', { number })
          cache.namespace('view').sync.set('key', { number })
          refs.push(new WeakRef(cache), new WeakRef(cache.sync), new WeakRef(await cache.get('key')))
        }
        for (let number = 0; number < 20; number++) await makeAndDrop(number)
        await new Promise((resolve) => setTimeout(resolve, 0))
        gc(); await new Promise((resolve) => setTimeout(resolve, 0)); gc()
        console.log(refs.filter((ref) => ref.deref() !== undefined).length)
      `),
    ).toBe('0')
  })

  it('lets go of a value that was deleted, evicted, replaced or swept', () => {
    expect(
      run(`
        let now = 0
        const cache = new TTLCache({ maxSize: 2, clock: { now: () => now } })
        const refs = []
        const value = () => { const made = {}; refs.push(new WeakRef(made)); return made }
        cache.sync.set('a', value()); cache.sync.set('b', value()); cache.sync.set('c', value())
        cache.sync.set('c', value()); cache.sync.delete('c')
        cache.sync.set('d', value(), 1); now = 5000; cache.sync.get('d')
        cache.sync.clear()
        await new Promise((resolve) => setTimeout(resolve, 0))
        gc()
        console.log(refs.length, refs.filter((ref) => ref.deref() !== undefined).length)
        cache.sync.set('e', 1)
      `),
    ).toBe('5 0')
  })
})
