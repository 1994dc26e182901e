/** Which library is in which file. A probing process reads its own library's file and no other. */
import type { Library } from '../library.js'

/** In the order of the table. */
const FILES: Record<string, () => Promise<{ libraries: Library[] }>> = {
  TTLCache: () => import('./mtaio.js'),
  withCache: () => import('./mtaio.js'),
  DistributedCache: () => import('./mtaio.js'),
  'lru-cache': () => import('./lru-cache.js'),
  '@isaacs/ttlcache': () => import('./isaacs-ttlcache.js'),
  'node-cache': () => import('./node-cache.js'),
  'quick-lru': () => import('./quick-lru.js'),
  'tiny-lru': () => import('./tiny-lru.js'),
  mnemonist: () => import('./mnemonist.js'),
  transitory: () => import('./transitory.js'),
  '@cacheable/memory': () => import('./cacheable-memory.js'),
  keyv: () => import('./keyv.js'),
  'cache-manager': () => import('./cache-manager.js'),
  cacheable: () => import('./cacheable.js'),
  bentocache: () => import('./bentocache.js'),
  'async-cache-dedupe': () => import('./async-cache-dedupe.js'),
  'p-memoize': () => import('./p-memoize.js'),
}

export const OURS: readonly string[] = ['TTLCache', 'withCache', 'DistributedCache']

export const LIBRARY_NAMES: readonly string[] = Object.keys(FILES)

/** Reads one library's file. Rejects for a name that is none. */
export async function libraryNamed(name: string): Promise<Library> {
  const file = FILES[name]
  const found = file === undefined ? undefined : (await file()).libraries.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no library is named ${JSON.stringify(name)}: ${LIBRARY_NAMES.join(', ')}`)
  return found
}
