/**
 * Loads one key by what loads many: keys that are asked for within one turn of microtasks are asked of the source together.
 * Knows no cache.
 */
import { CacheKeyError } from '@mtaio/exceptions'
import type { Load, LoadContext, LoadMany } from '../cache.js'
import { quoted } from '../quoted.js'
import { ask } from './load-many.js'

interface Batch<T> {
  readonly contexts: Map<string, LoadContext<T>>
  readonly answer: Promise<ReadonlyMap<string, T>>
}

/** @param most - keys in one call */
export function gathered<T>(loadMany: LoadMany<T>, most: number): Load<T> {
  let open: Batch<T> | undefined

  const start = (): Batch<T> => {
    const contexts = new Map<string, LoadContext<T>>()
    const answer = Promise.resolve().then(() => {
      if (open?.contexts === contexts) open = undefined
      return ask(loadMany, contexts)
    })
    return { contexts, answer }
  }

  return async (context) => {
    const { key } = context
    // A key that is there already was changed since: its second load is one of its own, with a context of its own.
    if (open === undefined || open.contexts.size >= most || open.contexts.has(key)) open = start()
    open.contexts.set(key, context)
    const found = (await open.answer).get(key)
    if (found === undefined) throw new CacheKeyError(`the source has no ${quoted(key)}`, { key, code: 'KEY_NOT_FOUND' })
    return found
  }
}
