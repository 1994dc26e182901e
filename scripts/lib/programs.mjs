/** Programs that tests want from outside of npm: found, else installed from Debian's packages where that is allowed. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './run.mjs'

/**
 * @typedef {object} Program
 * @property {readonly string[]} names any of these will do
 * @property {readonly string[]} packages what brings one of them
 * @property {string} variable names it, and overrules
 */

/** A real Valkey or Redis server. @type {Program} */
export const REDIS_SERVER = {
  names: ['valkey-server', 'redis-server'],
  packages: ['redis-server'],
  variable: 'MTAIO_REDIS_SERVER',
}
/** A browser. @type {Program} */
export const CHROMIUM = { names: ['chromium', 'chromium-browser'], packages: ['chromium'], variable: 'MTAIO_CHROMIUM' }

// Debian keeps servers in sbin, which is not on every user's PATH; Homebrew has its own place.
const ALSO = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin']

/** The path of a program, or undefined. @param {Program} program */
export function findProgram({ names, variable }) {
  const told = process.env[variable]
  if (told) return told
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...ALSO]
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name)
      if (folder !== '' && isExecutable(path)) return path
    }
  }
  return undefined
}

/**
 * The path of a program, installed from Debian's packages if need be and allowed.
 *
 * @param {Program} program
 * @returns {Promise<{ path: string | undefined, why: string }>} `why`: one line for when there is none
 */
export async function provideProgram(program) {
  const found = findProgram(program)
  if (found) return { path: found, why: '' }
  if (process.platform !== 'linux' || !(await run('apt-get', ['--version'])).ok) {
    return { path: undefined, why: 'none is installed, and there is no apt-get here to install one with' }
  }
  const isRoot = process.getuid?.() === 0
  if (!isRoot && !(await run('sudo', ['-n', 'true'])).ok) {
    return { path: undefined, why: 'none is installed, and installing one needs root or sudo without a password' }
  }
  const apt = (...args) => {
    const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args]
    const [first, ...rest] = isRoot ? command : ['sudo', '-n', ...command]
    return run(first, rest)
  }
  const updated = await apt('update')
  const installed = await apt('install', '-y', ...program.packages)
  const path = findProgram(program)
  if (path) return { path, why: '' }
  const said = (installed.ok ? updated : installed).output.trim().split('\n').at(-1)
  return { path: undefined, why: `none is installed, and apt-get could not install one: ${said}` }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
