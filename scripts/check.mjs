/** Build, types, lint, package checks and dead code: everything but the tests. `npm run check`. */
import { runChecks } from './lib/checks.mjs'
import { install, isInstalled, usePackageManager } from './lib/install.mjs'
import { Tally } from './lib/tally.mjs'

const tally = new Tally()
const ready =
  (isInstalled() || (await tally.step('install', install))) && (await tally.step('package manager', usePackageManager))
if (ready) await runChecks(tally)
tally.close()
