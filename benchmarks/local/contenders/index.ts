/** Which contender is in which file. A measuring process reads its own contender's file and no other. */
import type { Contender } from '../contender.js'

/** In the order of the tables. */
const FILES: Record<string, () => Promise<{ contenders: Contender[] }>> = {
  Map: () => import('./native-map.js'),
  'mtaio-lru': () => import('./mtaio.js'),
  'mtaio-lfu': () => import('./mtaio.js'),
  'mtaio-fifo': () => import('./mtaio.js'),
  'mtaio-sieve': () => import('./mtaio.js'),
  'mtaio-s3-fifo': () => import('./mtaio.js'),
  'mtaio-w-tinylfu': () => import('./mtaio.js'),
  'mtaio-adaptive': () => import('./mtaio.js'),
  'lru-cache': () => import('./lru-cache.js'),
  mnemonist: () => import('./mnemonist.js'),
  'lru.min': () => import('./lru.min.js'),
  'quick-lru': () => import('./quick-lru.js'),
  'tiny-lru': () => import('./tiny-lru.js'),
  '@isaacs/ttlcache': () => import('./isaacs-ttlcache.js'),
  'node-cache': () => import('./node-cache.js'),
  '@cacheable/memory': () => import('./cacheable-memory.js'),
  transitory: () => import('./transitory.js'),
  keyv: () => import('./keyv.js'),
  'cache-manager': () => import('./cache-manager.js'),
  cacheable: () => import('./cacheable.js'),
  bentocache: () => import('./bentocache.js'),
  'async-cache-dedupe': () => import('./async-cache-dedupe.js'),
  'p-memoize': () => import('./p-memoize.js'),
}

export const CONTENDER_NAMES: readonly string[] = Object.keys(FILES)

/** Reads one contender's file. Rejects for a name that is none. */
export async function contenderNamed(name: string): Promise<Contender> {
  const file = FILES[name]
  const found = file === undefined ? undefined : (await file()).contenders.find((one) => one.name === name)
  if (found === undefined)
    throw new Error(`no contender is named ${JSON.stringify(name)}: ${CONTENDER_NAMES.join(', ')}`)
  return found
}
