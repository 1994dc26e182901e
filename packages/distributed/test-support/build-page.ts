/** The dashboard's page, built into a folder as the package has it. */
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const page = (name: string) => fileURLToPath(new URL(`../page/${name}`, import.meta.url))

export async function buildPage(folder: string): Promise<void> {
  await build({
    entryPoints: [page('page.ts')],
    outdir: folder,
    bundle: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    tsconfig: page('tsconfig.json'),
  })
  await copyFile(page('index.html'), join(folder, 'index.html'))
}
