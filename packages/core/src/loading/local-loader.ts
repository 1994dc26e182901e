/** Asynchronous loads of a local cache: the shared loader, with this cache's fence and hooks. */
import { CacheLoadError } from '@mtaio/exceptions'
import type { GetOrSetOptions, Load } from '../cache.js'
import { type Hooks, replaced } from '../hooks.js'
import type { LoadsUnderWay } from '../inspection.js'
import type { LocalVerbs } from '../local-verbs.js'
import { quoted } from '../quoted.js'
import type { Fence } from '../store/watchers.js'
import type { StoreOptions } from '../store-options.js'
import type { LoadTarget } from './load-target.js'
import { Loader } from './loader.js'

export class LocalLoader<T> implements LoadsUnderWay {
  private readonly loader: Loader<T, undefined, Fence>

  constructor(
    private readonly verbs: LocalVerbs<T>,
    hooks: Hooks<T>,
  ) {
    const { preSet } = hooks
    const { clock, options } = verbs.engine
    const target: LoadTarget<T, undefined, Fence> = {
      openFence: (key, onBroken) => verbs.openFence(key, onBroken),
      fill: (key, value, options, fence) => {
        if (preSet === undefined || !options.store) return verbs.fill(key, value, options, fence)
        return fillAfter(key, value, options, preSet(key, value))
        async function fillAfter(key: string, value: T, options: StoreOptions, answer: unknown): Promise<T> {
          return verbs.fill(key, replaced(value, (await answer) as T | undefined), options, fence)
        }
      },
      loadFailed: () => verbs.loadFailed(),
      stale: (key) => verbs.stale(key),
      servedStale: () => verbs.servedStale(),
      refreshFailed: (key, cause) => {
        const message = `the value of ${quoted(key)} could not be refreshed; the next attempt waits a while`
        verbs.callbackFailed(new CacheLoadError(message, { key, cause }))
      },
    }
    this.loader = new Loader(target, { clock, defaultTtl: options.defaultTtl })
  }

  load(key: string, load: Load<T>, options: GetOrSetOptions): Promise<T> {
    return this.loader.load(key, load, options, undefined)
  }

  /** A hit: loads anew what has not long to live, where the caller says so. */
  ahead(key: string, load: Load<T>, options: GetOrSetOptions, value: T): void {
    this.loader.ahead(key, load, options, undefined, this.verbs.lifeLeft(key), value)
  }

  isLoading(key: string): boolean {
    return this.loader.isLoading(key)
  }

  failureOf(key: string, now: number) {
    return this.loader.failureOf(key, now)
  }

  abortAll(reason: Error): void {
    this.loader.abortAll(reason)
  }
}
