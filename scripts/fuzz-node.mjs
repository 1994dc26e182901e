#!/usr/bin/env node
/**
 * Feeds random commands, mutations and cuts to a node without sockets, and tells what was met: lots of inputs, each from a seed of
 * its own in a process of its own, several at a time. A failure prints the input and the seed, and ends the run.
 *
 * Usage: npm run fuzz:node [-- --inputs 10000000 --seed 1 --lot 500000 --jobs 2]
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = (path) => join(root, 'packages', path)
const text = (fallback) => ({ type: 'string', default: String(fallback) })
const { values } = parseArgs({
  options: { inputs: text(10_000_000), seed: text(1), lot: text(500_000), jobs: text(availableParallelism()) },
})
const [inputs, seed, lot, jobs] = [values.inputs, values.seed, values.lot, values.jobs].map(Number)
if (![inputs, lot, jobs].every((each) => Number.isInteger(each) && each >= 1) || !Number.isInteger(seed)) {
  console.error('--inputs, --lot and --jobs must be positive integers, --seed an integer')
  process.exit(2)
}

const folder = mkdtempSync(join(tmpdir(), 'mtaio-fuzz-'))
const running = new Set()
try {
  const outfile = join(folder, 'fuzz.cjs')
  await build({
    stdin: {
      contents: `
        import { fuzz } from './run.ts'
        const [inputs, seed] = process.argv.slice(2).map(Number)
        console.log(JSON.stringify({ seed, ...fuzz(inputs, seed) }))`,
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
  // Nobody waits for it.
  setPriority(constants.priority.PRIORITY_LOW)
  const began = performance.now()
  const all = { inputs: 0, commands: 0, features: 0, slowestMs: 0 }
  let next = 0
  const work = async () => {
    for (let at = next++; at * lot < inputs && process.exitCode === undefined; at = next++) {
      const outcome = await runLot(outfile, Math.min(lot, inputs - at * lot), seed + at)
      if (outcome === undefined) {
        process.exitCode = 1
        for (const child of running) child.kill()
        return
      }
      console.log(JSON.stringify(outcome))
      all.inputs += outcome.inputs
      all.commands += outcome.commands
      all.features = Math.max(all.features, outcome.features)
      all.slowestMs = Math.max(all.slowestMs, outcome.slowestMs)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  console.log(JSON.stringify({ ...all, seconds: Math.round((performance.now() - began) / 1000) }))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** What a lot has met; `undefined` when something was wrong, which it has said. */
function runLot(outfile, inputs, seed) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--expose-gc', outfile, inputs, seed], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    running.add(child)
    let said = ''
    child.stdout.on('data', (chunk) => (said += chunk))
    child.once('close', (code) => {
      running.delete(child)
      resolve(code === 0 ? JSON.parse(said) : undefined)
    })
  })
}
