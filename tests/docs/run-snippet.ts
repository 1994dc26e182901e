/** Runs one snippet as its reader would: a module of its own in a process of its own. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Snippet } from './snippets.js'

const SECONDS = 20
// Long enough for what a snippet left running; a node or a client that it did not close must not hold up the tests.
const GRACE_MS = 2000

const STARTER = `
await import('./snippet.mjs')
setTimeout(() => process.exit(), ${GRACE_MS}).unref()
`
// Packages in CommonJS that are bundled into a module ask for it.
const REQUIRE = `import { createRequire as createRequireOfSnippet } from 'node:module'
const require = createRequireOfSnippet(import.meta.url)`

/** How it ended: `ok` unless it threw, rejected, or did not come to its end within 20 s. `output` is all it printed. */
export async function runSnippet(
  root: string,
  { page, line, setup, code }: Snippet,
  alias: Record<string, string>,
): Promise<{ ok: boolean; output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'mtaio-snippet-'))
  try {
    await build({
      stdin: { contents: setup + code, resolveDir: join(root, 'tests'), loader: 'ts', sourcefile: `${page}:${line}` },
      outfile: join(folder, 'snippet.mjs'),
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      alias,
      banner: { js: REQUIRE },
      logLevel: 'silent',
      tsconfigRaw: {},
    })
    await writeFile(join(folder, 'start.mjs'), STARTER)
    return await new Promise((resolve) => {
      const args = ['--expose-gc', join(folder, 'start.mjs')]
      execFile(process.execPath, args, { timeout: SECONDS * 1000, killSignal: 'SIGKILL', cwd: folder }, (...ended) => {
        const [error, stdout, stderr] = ended
        const killed = error?.killed ? `it did not come to its end within ${SECONDS} s\n` : ''
        resolve({ ok: error === null, output: killed + stdout + stderr })
      })
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
