// `npm run docs:dev` serves the site while it is written, `npm run docs` builds it: both install what is missing. Arguments go on.
import { spawn } from 'node:child_process'
import { prepare } from './lib/prepare.mjs'
import { root } from './lib/workspace.mjs'

const [task = 'build', ...rest] = process.argv.slice(2)
await prepare()
const site = spawn('pnpm', ['--filter', '@mtaio-private/docs', 'run', task, ...rest], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
})
// Ctrl-C reaches the whole group.
process.on('SIGINT', () => {})
site.once('exit', (code) => process.exit(code ?? 1))
