/** The page as files: three of them, built into the package, and nothing from anywhere else. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface PageFile {
  readonly type: string
  readonly bytes: Uint8Array
}

const FILES: Readonly<Record<string, readonly [name: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
}

/** Reads what the paths lead to, once. */
export async function readPage(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const entries = Object.entries(FILES).map(async ([path, [name, type]]) => {
    return [path, { type, bytes: await readFile(join(folder, name)) }] as const
  })
  return new Map(await Promise.all(entries))
}
