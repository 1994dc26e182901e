/** Asynchronous loads of a local cache: the shared loader, with this cache's fence and hooks. */
import type { GetOrSetOptions, Load } from '../cache.js'
import { type Hooks, replaced } from '../hooks.js'
import type { LocalVerbs } from '../local-verbs.js'
import type { Fence } from '../store/watchers.js'
import type { StoreOptions } from './load-options.js'
import { Loader, type LoadTarget } from './loader.js'

export class LocalLoader<T> {
  private readonly loader: Loader<T, undefined, Fence>

  constructor(verbs: LocalVerbs<T>, hooks: Hooks<T>) {
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
    }
    this.loader = new Loader(target, { clock, defaultTtl: options.defaultTtl })
  }

  load(key: string, load: Load<T>, options: GetOrSetOptions): Promise<T> {
    return this.loader.load(key, load, options, undefined)
  }

  abortAll(reason: Error): void {
    this.loader.abortAll(reason)
  }
}
