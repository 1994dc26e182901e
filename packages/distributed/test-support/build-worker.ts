/** The program of a worker, bundled from the sources, in the place of `sockets/worker-file.ts`. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** What a test mocks `sockets/worker-file.js` with. The file is removed when the process of the tests ends. */
export async function builtWorkerFile(): Promise<{ workerFile(): URL }> {
  const folder = mkdtempSync(join(tmpdir(), 'mtaio-worker-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'socket-worker.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('../src/node/sockets/worker-process.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
  })
  return { workerFile: () => pathToFileURL(outfile) }
}
