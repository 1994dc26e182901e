/** The package's sources as one file, for tests that run them in a process of its own. */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const from = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export async function buildDistributed(outfile: string): Promise<void> {
  await build({
    entryPoints: [from('../src/index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)",
    },
    alias: {
      '@mtaio/core/engine': from('../../core/src/engine.ts'),
      '@mtaio/core': from('../../core/src/index.ts'),
      '#diagnostics': from('../../core/src/diagnostics/node.ts'),
      '@mtaio/policies/advice': from('../../policies/src/advice/index.ts'),
      '@mtaio/policies': from('../../policies/src/index.ts'),
      '@mtaio/exceptions': from('../../exceptions/src/index.ts'),
    },
  })
}
