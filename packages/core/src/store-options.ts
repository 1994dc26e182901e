/** How a loaded value is stored: what passes between loaders and caches. */
import type { SetOptions } from './cache.js'

/** How a loaded value is to be stored; what its load's context says replaces what is here. */
export interface StoreOptions extends SetOptions {
  /** Whether it is stored at all. */
  store: boolean
  /** For how long it is kept beyond its life, ms. */
  graceMs: number
  /** How long its load took, ms. */
  loadTime?: number | undefined
}
