/** A synchronous load: no waiting, no sharing, but the same fence. */
import { CacheValueError } from '@mtaio/exceptions'
import type { GetOrSetOptions, SetOptions, SyncLoadContext } from '../cache.js'
import { checkTags } from '../checks.js'
import { parseDuration } from '../expiry/duration.js'
import type { Fence } from '../store/watchers.js'

/** Where a loaded value goes. */
export interface LoadNowTarget<T> {
  openFence(key: string): Fence
  /** Stores the value if the fence holds; returns it as it was stored or would have been. */
  fill(key: string, value: T, options: SetOptions, fence: Fence): T
  loadFailed(key: string): void
}

/** Loads and stores a value, unless its key was changed or its tags invalidated while `load` ran. */
export function loadNow<T>(
  target: LoadNowTarget<T>,
  key: string,
  load: (context: SyncLoadContext<T>) => T,
  { ttl, tags }: Omit<GetOrSetOptions, 'signal'>,
): T {
  if (ttl !== undefined) parseDuration(ttl, 'ttl')
  const options: SetOptions = { ttl, tags: tags && checkTags(tags) }
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
    })
    if (value === undefined) {
      throw new CacheValueError(`the loader of '${key}' returned undefined: return null to cache absence`, { key })
    }
    return target.fill(key, value, options, fence)
  } catch (error) {
    target.loadFailed(key)
    throw error
  } finally {
    fence.close()
  }
}
