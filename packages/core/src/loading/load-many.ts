/**
 * Many absent keys in one call of the source. Each key is a load of its own in the shared loader, so that calls which
 * overlap share what they have in common, and fences, failures and stale values are as for one; the loads of those that
 * this call starts wait together for the one answer. Knows no cache.
 */
import { CacheConfigError, CacheKeyError } from '@mtaio/exceptions'
import type { Entries, Load, LoadContext, LoadMany } from '../cache.js'
import { checkKey, pairsOf } from '../checks.js'
import { quoted } from '../quoted.js'

/**
 * The values of those keys that the source has, in the order of `keys`.
 *
 * Rejects with what `loadMissing` threw, or with the first failure of a load that was shared; the others go on.
 *
 * @param loadOne - loads one key, shared; calls its second argument at once if it starts a load of its own
 * @param alsoLoad - may start loads of further keys with what it is given; they are not waited for
 */
export async function loadMany<T>(
  keys: readonly string[],
  loadMissing: LoadMany<T>,
  loadOne: (key: string, load: Load<T>) => Promise<T>,
  alsoLoad?: (load: Load<T>) => void,
): Promise<Map<string, T>> {
  if (typeof loadMissing !== 'function') {
    throw new CacheConfigError(`getOrSetMany needs a function that loads values, not ${quoted(loadMissing)}`)
  }
  const started = new Map<string, LoadContext<T>>()
  let tell!: (answer: Promise<ReadonlyMap<string, T>>) => void
  const answer = new Promise<ReadonlyMap<string, T>>((resolve) => {
    tell = resolve
  })
  let hasAsked = false
  const shared = (context: LoadContext<T>) => {
    started.set(context.key, context)
    return answer
  }
  const load: Load<T> = async (context) => {
    const { key } = context
    // One that is started later, as after a load that it had joined was overtaken, asks for its key alone.
    const found = (await (hasAsked ? ask(loadMissing, new Map([[key, context]])) : shared(context))).get(key)
    if (found === undefined) throw new CacheKeyError(`the source has no ${quoted(key)}`, { key, code: 'KEY_NOT_FOUND' })
    return found
  }
  const outcomes = keys.map(async (key) => {
    try {
      return [key, await loadOne(key, load)] as const
    } catch (error) {
      // The source's answer, and no failure of this call's.
      if (error instanceof CacheKeyError && error.code === 'KEY_NOT_FOUND' && error.key === key) return undefined
      throw error
    }
  })
  alsoLoad?.(load)
  hasAsked = true
  tell(started.size === 0 ? Promise.resolve(new Map()) : ask(loadMissing, started))
  const pairs = await Promise.all(outcomes)
  return new Map(pairs.filter((pair) => pair !== undefined))
}

/** The same loader, called for so many keys at a time at most; where there are more, for all of them at once. */
export function inBatches<T>(loadMissing: LoadMany<T>, most: number): LoadMany<T> {
  return async (keys, context) => {
    if (keys.length <= most) return loadMissing(keys, context)
    const answers: (Entries<T> | Promise<Entries<T>>)[] = []
    for (let from = 0; from < keys.length; from += most) {
      answers.push(loadMissing(keys.slice(from, from + most), context))
    }
    return (await Promise.all(answers)).flatMap((answer) => [...pairsOf(answer)])
  }
}

/** What the source answers for these keys, in one call. Rejects with what it threw, or for an answer that is none. */
export async function ask<T>(
  loadMissing: LoadMany<T>,
  started: ReadonlyMap<string, LoadContext<T>>,
): Promise<ReadonlyMap<string, T>> {
  const answer = await loadMissing([...started.keys()], {
    of: (key) => {
      const context = started.get(key)
      if (context === undefined) throw new CacheKeyError(`${quoted(key)} is not being loaded by this call`, { key })
      return context
    },
    get signal() {
      return allOf([...started.values()].map(({ signal }) => signal))
    },
  })
  const found = new Map<string, T>()
  for (const [key, value] of pairsOf(answer)) {
    checkKey(key)
    found.set(key, value)
  }
  return found
}

/** Aborted when all of these are. */
function allOf(signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController()
  let left = signals.length
  for (const signal of signals) {
    const aborted = () => {
      if (--left === 0) controller.abort(signal.reason)
    }
    if (signal.aborted) aborted()
    else signal.addEventListener('abort', aborted, { once: true })
  }
  return controller.signal
}
