/** What a command needs before it can do its own work, from a fresh clone on; what is there already is left alone. */
import { install, isInstalled, usePackageManager } from './install.mjs'

/** @typedef {readonly [name: string, step: () => Promise<{ ok: boolean, output: string }>]} Step */

/**
 * Installs, finds the package manager, and takes further steps, one after the other; the first that fails ends the process.
 *
 * @param {...Step} steps
 */
export async function prepare(...steps) {
  /** @type {Step[]} */
  const all = [
    ['installing', async () => (isInstalled() ? { ok: true, output: '' } : install())],
    ['finding the package manager', usePackageManager],
    ...steps,
  ]
  for (const [name, step] of all) {
    console.log(`${name} …`)
    const { ok, output } = await step()
    if (ok) continue
    console.error(`${output.trimEnd()}\n${name} failed`)
    process.exit(1)
  }
}
