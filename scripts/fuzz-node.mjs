#!/usr/bin/env node
/**
 * Feeds random commands, mutations and cuts to a node without sockets, and tells what was met. A failure prints the input
 * and the seed.
 *
 * Usage: npm run fuzz:node [-- --inputs 10000000 --seed 1]
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = (path) => join(root, 'packages', path)
const { values } = parseArgs({
  options: { inputs: { type: 'string', default: '10000000' }, seed: { type: 'string', default: '1' } },
})
const [inputs, seed] = [Number(values.inputs), Number(values.seed)]
if (!Number.isInteger(inputs) || inputs < 1 || !Number.isInteger(seed)) {
  console.error('--inputs must be a positive integer, --seed an integer')
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'mtaio-fuzz-'))
try {
  const outfile = join(folder, 'fuzz.cjs')
  await build({
    stdin: {
      contents: `
        import { fuzz } from './run.ts'
        const started = performance.now()
        const told = (done) => process.stderr.write(\`\\r\${done} inputs, \${Math.round((performance.now() - started) / 1000)} s\`)
        console.log(JSON.stringify({ seed: ${seed}, ...fuzz(${inputs}, ${seed}, told) }))`,
      resolveDir: source('distributed/test-support/fuzz'),
      loader: 'ts',
    },
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    alias: {
      '@mtaio/exceptions': source('exceptions/src/index.ts'),
      '@mtaio/policies': source('policies/src/index.ts'),
      '@mtaio/core/engine': source('core/src/engine.ts'),
      '@mtaio/core': source('core/src/index.ts'),
    },
  })
  process.exitCode = spawnSync(process.execPath, ['--expose-gc', outfile], { stdio: 'inherit' }).status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
