/** Brings what the lockfile names into node_modules, through npx: node and npm are all that a machine needs. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { run } from './run.mjs'
import { packageManager, root } from './workspace.mjs'

const STAMP = join(root, 'node_modules', '.mtaio-installed')
const MANIFESTS = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json']

/** What is to be installed, as one word. Content, not dates: a checkout touches dates. */
function wanted() {
  const hash = createHash('sha256')
  for (const name of MANIFESTS) hash.update(readFileSync(join(root, name)))
  return hash.digest('hex')
}

/** Whether node_modules is what the lockfile asks for. */
export function isInstalled() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted()
}

/** Installs by the lockfile. @returns {Promise<{ ok: boolean, output: string }>} */
export async function install() {
  const result = await run('npx', ['-y', packageManager, 'install', '--frozen-lockfile'], { env: { CI: '1' } })
  if (result.ok) writeFileSync(STAMP, wanted())
  return result
}

/** Makes the pinned package manager one that others (turbo, publint) find on the PATH. */
export async function usePackageManager() {
  const { ok, output } = await run('npx', ['-y', '-p', packageManager, '-c', 'command -v pnpm'])
  const path = output.trim().split('\n').at(-1) ?? ''
  if (!ok || !existsSync(path)) return { ok: false, output }
  process.env.PATH = [dirname(path), process.env.PATH ?? ''].join(delimiter)
  return { ok: true, output }
}
