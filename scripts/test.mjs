/**
 * Everything, from a fresh clone on a machine with git, node and npm: `npm test`. The last line says how many passed and
 * how many failed; each check counts as one, like each test.
 *
 * `npm test -- FILTER…` builds and runs only the tests whose files match.
 */
import { build, runChecks } from './lib/checks.mjs'
import { install, isInstalled, usePackageManager } from './lib/install.mjs'
import { provideRedisServer } from './lib/redis-server.mjs'
import { Tally } from './lib/tally.mjs'
import { runUnitTests } from './lib/unit-tests.mjs'

const filters = process.argv.slice(2)
const tally = new Tally()

const ready =
  (isInstalled() || (await tally.step('install', install))) && (await tally.step('package manager', usePackageManager))
if (ready) {
  const redis = await findRedis()
  if (filters.length > 0) await tally.step('build', build)
  else await runChecks(tally)
  await tally.count('tests', () => runUnitTests(filters, redis === undefined ? {} : { MTAIO_REDIS_SERVER: redis }))
}
tally.close()

async function findRedis() {
  const { path, why } = await provideRedisServer()
  if (path !== undefined) {
    console.log(`ok   a real server for the tests: ${path}`)
    return path
  }
  const missing = `the tests against a real Valkey or Redis server cannot run: ${why}`
  if (process.env.CI) await tally.step('a real server for the tests', async () => ({ ok: false, output: missing }))
  else console.log(`NOT RUN: ${missing}`)
  return undefined
}
