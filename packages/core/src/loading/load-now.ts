/** A synchronous load: no waiting, no sharing, but the same fence. */
import { CacheValueError } from '@mtaio/exceptions'
import type { SyncGetOrSetOptions, SyncLoadContext } from '../cache.js'
import { checkTags } from '../checks.js'
import { parseDuration } from '../expiry/duration.js'
import type { Fence } from '../store/watchers.js'
import type { StoreOptions } from '../store-options.js'
import { checkJitter, checkStoreOptions, spread } from './load-options.js'

/** Where a loaded value goes. */
export interface LoadNowTarget<T> {
  openFence(key: string): Fence
  /** Stores the value if the fence holds; returns it as it was stored or would have been. */
  fill(key: string, value: T, options: StoreOptions, fence: Fence): T
  /** Milliseconds. */
  readonly defaultTtl: number
  loadFailed(key: string): void
}

/** Loads and stores a value, unless its key was changed or its tags invalidated while `load` ran. */
export function loadNow<T>(
  target: LoadNowTarget<T>,
  key: string,
  load: (context: SyncLoadContext<T>) => T,
  given: SyncGetOrSetOptions,
): T {
  const options = checkStoreOptions(given)
  const jitter = checkJitter(given.jitter)
  const fence = target.openFence(key)
  try {
    const value = load({
      key,
      stale: undefined,
      setTtl: (given) => {
        parseDuration(given, 'ttl')
        options.ttl = given
      },
      setTags: (given) => {
        options.tags = checkTags(given)
      },
      noStore: () => {
        options.store = false
      },
    })
    if (value === undefined && options.store) {
      throw new CacheValueError(`the loader of '${key}' returned undefined: return null to cache absence`, { key })
    }
    if (jitter > 0) options.ttl = spread(options.ttl, target.defaultTtl, jitter, Math.random())
    return target.fill(key, value, options, fence)
  } catch (error) {
    target.loadFailed(key)
    throw error
  } finally {
    fence.close()
  }
}
