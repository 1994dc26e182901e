/** Everything that is checked besides the tests: build, types, lint, what the packages look like from outside, dead code. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.mjs'
import { publishedPackages } from './workspace.mjs'

/** Builds the five packages, in the order of their dependencies. */
export function build() {
  return run('turbo', ['run', 'build', '--filter=./packages/*', '--output-logs=errors-only'])
}

/** @param {import('./tally.mjs').Tally} tally */
export async function runChecks(tally) {
  await tally.step('build', build)
  await tally.step('simulation of 20,000 histories', () =>
    run('node', ['scripts/simulate-cluster.mjs', '--seeds', '20000']),
  )
  await tally.step('types', () => run('tsc', ['--noEmit']))
  await tally.step('types of the dashboard', () => run('tsc', ['--noEmit', '-p', 'packages/distributed/page']))
  await tally.step('lint', () => run('biome', ['check', '--error-on-warnings', '.']))
  await tally.step('docs site', () => run('pnpm', ['--filter', '@mtaio-private/docs', 'run', 'build']))
  await checkPackages(tally)
  await tally.step('knip', () => run('knip', []))
}

/** Packs each package as it would be published, and looks at what is in the tarball. */
async function checkPackages(tally) {
  const folder = mkdtempSync(join(tmpdir(), 'mtaio-pack-'))
  try {
    for (const { folder: cwd, manifest } of publishedPackages()) {
      const name = manifest.name
      const into = join(folder, name.replace('/', '-'))
      const packed = await tally.step(`pack ${name}`, () => run('pnpm', ['pack', '--pack-destination', into], { cwd }))
      if (!packed) continue
      const tarball = join(into, readdirSync(into)[0])
      await tally.step(`publint ${name}`, () => run('publint', ['run', tarball, '--strict']))
      await tally.step(`attw ${name}`, () => run('attw', [tarball, '--no-emoji', '--no-color']))
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
