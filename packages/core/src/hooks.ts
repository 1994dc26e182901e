/** What a subclass may do to values on their way in and out. Absent where it overrides nothing. */
import { CacheConfigError } from '@mtaio/exceptions'

export interface Hooks<T> {
  /** May return a replacement, or throw to veto. */
  readonly preSet?: ((key: string, value: T) => T | undefined | void | Promise<T | undefined | void>) | undefined
  /** Returns what the caller gets. */
  readonly postGet?: ((key: string, value: T | undefined) => T | undefined | Promise<T | undefined>) | undefined
}

/** The same hooks for synchronous calls, which cannot wait: an answer that is a promise is refused. */
export function syncHooks<T>(hooks: Hooks<T>): Hooks<T> {
  const { preSet, postGet } = hooks
  return {
    preSet: preSet && ((key, value) => atOnce('preSet', preSet(key, value))),
    postGet: postGet && ((key, value) => atOnce('postGet', postGet(key, value))),
  }
}

/** What a `preSet` hook made of a value: its answer, else the value itself. */
export function replaced<T>(value: T, answer: T | undefined | void): T {
  return answer === undefined ? value : (answer as T)
}

function atOnce<R>(name: string, answer: R | Promise<R>): R {
  if (typeof (answer as { then?: unknown } | undefined)?.then !== 'function') return answer as R
  // Nobody will await it, and its failure must not become an unhandled rejection.
  Promise.resolve(answer).catch(() => undefined)
  throw new CacheConfigError(`${name} is asynchronous: call the cache's own methods instead of those of cache.sync`)
}
