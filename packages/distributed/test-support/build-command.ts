/** The `mtaio` command of the sources, bundled into one file. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const packages = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** Builds it into a folder, and tells where it is. */
export async function buildCommand(folder: string): Promise<string> {
  const outfile = join(folder, 'mtaio.cjs')
  await build({
    entryPoints: [packages('distributed/src/cli/index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    alias: {
      '@mtaio/exceptions': packages('exceptions/src/index.ts'),
      '@mtaio/policies/simulator': packages('policies/src/simulator/index.ts'),
      '#diagnostics': packages('core/src/diagnostics/node.ts'),
      '@mtaio/policies/advice': packages('policies/src/advice/index.ts'),
      '@mtaio/policies': packages('policies/src/index.ts'),
      '@mtaio/core/engine': packages('core/src/engine.ts'),
      '@mtaio/core': packages('core/src/index.ts'),
    },
  })
  return outfile
}
