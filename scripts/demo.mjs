// `npm run demo`: installs what is missing, builds, and runs the main job. Arguments go on to it.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { install, isInstalled, usePackageManager } from './lib/install.mjs'
import { run } from './lib/run.mjs'
import { root } from './lib/workspace.mjs'

const steps = [
  ['installing', () => (isInstalled() ? { ok: true, output: '' } : install())],
  ['finding the package manager', usePackageManager],
  ['building', () => run('turbo', ['run', 'build', '--filter=@mtaio-private/demo', '--output-logs=errors-only'])],
]
for (const [name, step] of steps) {
  console.log(`${name} …`)
  const { ok, output } = await step()
  if (ok) continue
  console.error(`${output.trimEnd()}\n${name} failed`)
  process.exit(1)
}

const demo = spawn(process.execPath, [join(root, 'examples/demo/dist/main.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
})
// Ctrl-C reaches the whole group; the demo ends its nodes and says how it went.
process.on('SIGINT', () => {})
demo.once('exit', (code) => process.exit(code ?? 1))
