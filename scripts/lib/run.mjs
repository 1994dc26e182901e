/** Runs one command to its end, within a deadline, and takes its children along when it has to go. */
import { spawn } from 'node:child_process'
import { root, toolEnvironment } from './workspace.mjs'

const running = new Set()

/**
 * Runs a command in the checkout.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, shown?: boolean, minutes?: number }} [options] `shown`: print
 *   what it says as it says it, else only return it; `minutes`: it is ended after as many, 15 by default
 * @returns {Promise<{ ok: boolean, output: string }>} never rejects: a command that cannot be started has failed
 */
export function run(command, args, { cwd = root, env = {}, shown = false, minutes = 15 } = {}) {
  return new Promise((resolve) => {
    // A group of its own, so that ending it ends what it started.
    const child = spawn(command, args, {
      cwd,
      env: toolEnvironment(env),
      stdio: ['ignore', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe'],
      detached: process.platform !== 'win32',
    })
    const pieces = []
    child.stdout?.on('data', (piece) => pieces.push(piece))
    child.stderr?.on('data', (piece) => pieces.push(piece))
    running.add(child)
    const timer = setTimeout(() => {
      pieces.push(Buffer.from(`\n${command} was ended after ${minutes} minutes\n`))
      end(child)
    }, minutes * 60_000)
    const settle = (ok) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ ok, output: Buffer.concat(pieces).toString('utf8') })
    }
    child.once('error', (error) => {
      pieces.push(Buffer.from(`${error.message}\n`))
      settle(false)
    })
    child.once('close', (code) => settle(code === 0))
  })
}

function end(child) {
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It went by itself a moment ago.
  }
}

const endAll = () => {
  for (const child of running) end(child)
}
process.once('exit', endAll)
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.once(signal, () => process.exit(code))
}
