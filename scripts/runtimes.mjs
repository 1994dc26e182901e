/**
 * The built core in each runtime that it promises to run in: `npm run runtimes`. The runtimes come through npx. Exits 1 if
 * one of them fails, or could not be had.
 */
import { install, isInstalled, usePackageManager } from './lib/install.mjs'
import { run } from './lib/run.mjs'
import { Tally } from './lib/tally.mjs'

const RUNTIMES = [
  { name: 'node 20', command: 'npx', args: ['-y', 'node@20'] },
  { name: 'node 22', command: 'npx', args: ['-y', 'node@22'] },
  { name: 'node 24', command: 'npx', args: ['-y', 'node@24'] },
  { name: 'bun', command: 'npx', args: ['-y', 'bun@1.4.5'] },
  { name: 'deno', command: 'npx', args: ['-y', 'deno@2.9.6', 'run', '-A'] },
]

const build = () => run('turbo', ['run', 'build', '--filter=@mtaio/core', '--output-logs=errors-only'])

const tally = new Tally()
const ready =
  (isInstalled() || (await tally.step('install', install))) && (await tally.step('package manager', usePackageManager))
if (ready && (await tally.step('build', build))) {
  for (const { name, command, args } of RUNTIMES) {
    await tally.step(name, async () => {
      const ended = await run(command, [...args, 'scripts/smoke/core.mjs'], { minutes: 5 })
      if (ended.ok) console.log(ended.output.trim().split('\n').at(-1))
      return ended
    })
  }
}
tally.close()
