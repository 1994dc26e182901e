/**
 * Everything, from a fresh clone on a machine with git, node and npm: `npm test`. The last line says how many passed and
 * how many failed; each check counts as one, like each test.
 *
 * `npm test -- FILTER…` builds and runs only the tests whose files match.
 */
import { build, runChecks } from './lib/checks.mjs'
import { install, isInstalled, usePackageManager } from './lib/install.mjs'
import { CHROMIUM, provideProgram, REDIS_SERVER } from './lib/programs.mjs'
import { Tally } from './lib/tally.mjs'
import { runUnitTests } from './lib/unit-tests.mjs'

const filters = process.argv.slice(2)
const tally = new Tally()

const ready =
  (isInstalled() || (await tally.step('install', install))) && (await tally.step('package manager', usePackageManager))
if (ready) {
  const env = {
    ...(await provide(REDIS_SERVER, 'a real Valkey or Redis server')),
    ...(await provide(CHROMIUM, 'a browser (Chromium)')),
  }
  if (filters.length > 0) await tally.step('build', build)
  else await runChecks(tally)
  await tally.count('tests', () => runUnitTests(filters, env))
}
tally.close()

/** Where the program is, for the tests' environment; one that cannot be had fails on CI, and is said elsewhere. */
async function provide(program, what) {
  const { path, why } = await provideProgram(program)
  if (path !== undefined) {
    console.log(`ok   ${what} for the tests: ${path}`)
    return { [program.variable]: path }
  }
  const missing = `the tests with ${what} cannot run: ${why}`
  if (process.env.CI) await tally.step(`${what} for the tests`, async () => ({ ok: false, output: missing }))
  else console.log(`NOT RUN: ${missing}`)
  return {}
}
