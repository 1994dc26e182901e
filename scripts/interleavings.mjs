#!/usr/bin/env node
/**
 * Explores more interleavings of loads, invalidations and transactions than the tests do, and tells how many.
 *
 * Usage: npm run interleavings [-- <runs of each, 100000>]
 */
import { spawnSync } from 'node:child_process'

const runs = Number(process.argv[2] ?? 100_000)
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`how many runs? A positive integer, not ${process.argv[2]}`)
  process.exit(2)
}
const tests = [
  'packages/core/src/loading/interleavings.test.ts',
  'packages/core/src/transaction/serializability.test.ts',
  'packages/distributed/src/client/interleavings.test.ts',
]
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '-t', 'law:', ...tests], {
  cwd: new URL('..', import.meta.url),
  env: { ...process.env, INTERLEAVINGS: String(runs) },
  stdio: 'inherit',
})
process.exit(status ?? 1)
