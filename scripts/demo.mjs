// `npm run demo`: installs what is missing, builds, and runs the main job. Arguments go on to it.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { prepare } from './lib/prepare.mjs'
import { run } from './lib/run.mjs'
import { root } from './lib/workspace.mjs'

await prepare([
  'building',
  () => run('turbo', ['run', 'build', '--filter=@mtaio-private/demo', '--output-logs=errors-only']),
])

const demo = spawn(process.execPath, [join(root, 'examples/demo/dist/main.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
})
// Ctrl-C reaches the whole group; the demo ends its nodes and says how it went.
process.on('SIGINT', () => {})
demo.once('exit', (code) => process.exit(code ?? 1))
