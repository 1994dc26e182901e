/**
 * A copy of what is measured, for one run: the harness and our packages as built when the run began. Without it, a build
 * in the middle of a long run would compare two versions as one. Other contenders are found further up, in the
 * benchmarks' own `node_modules`.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const OURS = ['exceptions', 'policies', 'core']

/** @returns the path of the copied measuring process. The copy goes when this process ends. */
export function snapshotOfWorker(): string {
  // Within the benchmarks' folder, or packages would not be found from it.
  const copy = mkdtempSync(pathOf('../../.run-'))
  process.once('exit', () => rmSync(copy, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  cpSync(pathOf('..'), copy, { recursive: true })
  for (const name of OURS) {
    const installed = `${copy}/node_modules/@mtaio/${name}`
    cpSync(pathOf(`../../../packages/${name}/dist`), `${installed}/dist`, { recursive: true })
    cpSync(pathOf(`../../../packages/${name}/package.json`), `${installed}/package.json`)
  }
  return `${copy}/local/worker.js`
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url))
}
