/** A function around which a cache stands: looks up, runs, stores, and the controls. Knows no decorators. */
import type { Cache, Load } from '@mtaio/core'
import { CacheKeyError, CacheTransactionError } from '@mtaio/exceptions'
import { encodeArguments } from './argument-key.js'
import { disposable, isAsyncGenerator, itemsOf, type Reader } from './async-items.js'
import type { Naming } from './method-decorator.js'
import { claimNamespace } from './namespaces.js'
import { isOneUse } from './one-use.js'
import { decided, type LoadingOptions, loadingOptionsOf, type WithCacheOptions } from './options.js'
import { Recording } from './recording.js'

/** The function as it was: its result, or an async generator of what makes up one. */
export type Run<T> = (
  this: unknown,
  ...args: unknown[]
) => T | undefined | Promise<T | undefined> | AsyncGenerator<unknown>
export type Chosen<T> = WithCacheOptions<T, unknown[], unknown[], unknown[], unknown>

/** One call of the wrapped function. `ran`: whether it was this one that ran the function. */
interface Call {
  readonly self: unknown
  readonly args: unknown[]
  readonly reader?: Reader
  ran: boolean
}

const MAX_ITEMS = 10_000
const NEVER = new AbortController().signal

/** The wrapper of `original`, with its controls. `options` are checked. */
export function cachedFunction<T>(
  cache: Cache<T>,
  options: Chosen<T>,
  original: Run<T>,
  naming: Naming,
): (this: unknown, ...args: unknown[]) => unknown {
  const { when, unless, tags, maxItems = MAX_ITEMS } = options
  const generates = isAsyncGenerator(original, 'withCache')
  const loading: LoadingOptions = loadingOptionsOf(options)
  const refreshes = new Map<string, Promise<T | undefined>>()
  const keyOf = keyMaker(cache, options, original, naming)

  const passes = (args: unknown[]) => when === undefined || decided(when(...args), 'when')
  const isKept = (value: T | undefined): value is T =>
    value !== undefined && !isOneUse(value) && !(unless !== undefined && decided(unless(value), 'unless'))

  /** Runs the function; of an async generator, all of it. */
  const produce = (call: Call, signal = NEVER): T | undefined | Promise<T | undefined> => {
    const result = original.apply(call.self, call.args)
    if (!generates) return result as T
    const recording = new Recording(result as AsyncGenerator<unknown>, signal, maxItems)
    call.reader?.began(recording)
    return recording.whole as Promise<T>
  }

  const load = (key: string, call: Call): Promise<T | undefined> => {
    const run: Load<T> = async (context) => {
      call.ran = true
      if (tags !== undefined) context.setTags(tags(...call.args))
      const value = await produce(call, context.signal)
      if (!isKept(value)) context.noStore()
      return value as T
    }
    return cache.getOrSet(key, run, call.reader === undefined ? loading : { ...loading, signal: call.reader.signal })
  }

  /** See `CacheControls.refresh`; the cache's transaction is the fence. */
  const renew = async (key: string, call: Call): Promise<T | undefined> => {
    if (!(await cache.has(key))) {
      // Loads that began before must neither be joined nor stored over this one.
      await cache.delete(key)
      return load(key, call)
    }
    const txn = cache.transaction()
    try {
      if (!(await txn.has(key))) return await load(key, call)
      const value = await produce(call)
      if (isKept(value)) await txn.set(key, value, { ttl: loading.ttl, tags: tags?.(...call.args) })
      else await txn.delete(key)
      await committed(txn.commit())
      return value
    } finally {
      await txn.rollback()
    }
  }

  const wrappedFunction = async function (this: unknown, ...args: unknown[]): Promise<unknown> {
    if (!passes(args)) return original.apply(this, args)
    const call: Call = { self: this, args, ran: false }
    const value = await load(keyOf(this, args), call)
    // What another call ran for is that call's to use up.
    return !call.ran && isOneUse(value) ? original.apply(this, args) : value
  }
  const wrappedGenerator = function (this: unknown, ...args: unknown[]): AsyncGenerator<unknown> {
    const self = this
    async function* items() {
      if (!passes(args)) return yield* original.apply(self, args) as AsyncGenerator<unknown>
      const key = keyOf(self, args)
      return yield* itemsOf((reader) => load(key, { self, args, ran: false, reader }))
    }
    return disposable(items())
  }
  const wrapped = generates ? wrappedGenerator : wrappedFunction
  // `this` of the controls is the wrapped function where it is called plainly, and no instance.
  const selfOf = (self: unknown) => (self === wrapped ? undefined : self)
  const controls = {
    async invalidate(this: unknown, ...args: unknown[]): Promise<boolean> {
      return cache.delete(keyOf(selfOf(this), args))
    },
    async refresh(this: unknown, ...args: unknown[]): Promise<T | undefined> {
      const self = selfOf(this)
      const call: Call = { self, args, ran: false }
      if (!passes(args)) return produce(call)
      const key = keyOf(self, args)
      const present = refreshes.get(key)
      if (present !== undefined) {
        const shared = await present
        return isOneUse(shared) ? produce(call) : shared
      }
      const renewal = renew(key, call).finally(() => refreshes.delete(key))
      refreshes.set(key, renewal)
      return renewal
    },
    keyOf(this: unknown, ...args: unknown[]): string {
      return keyOf(selfOf(this), args)
    },
    original,
  }
  for (const [name, value] of Object.entries(controls)) {
    Object.defineProperty(wrapped, name, { value, configurable: true })
  }
  return wrapped
}

/** Arguments, and what of `this` counts, → key. */
function keyMaker<T>(cache: Cache<T>, options: Chosen<T>, original: Run<T>, naming: Naming) {
  const { key, keyThis, namespace: shared } = options
  if (shared === undefined) naming.onNamed((name) => claimNamespace(cache, name, original))
  return (self: unknown, args: unknown[]): string => {
    const namespace = shared ?? naming.nameFor(self)
    const own = key === undefined ? encodeArguments(args) : chosenKey(key(...args))
    return keyThis === undefined ? `${namespace}:${own}` : `${namespace}:${partOfThis(keyThis, self)}${own}`
  }
}

function partOfThis(keyThis: (self: unknown) => unknown, self: unknown): string {
  if (self !== undefined) return encodeArguments([keyThis(self)])
  throw new CacheKeyError(
    'keyThis needs the instance: ask cachedMethod(instance, name) for the controls, or call the method on its instance',
  )
}

function chosenKey(key: unknown): string {
  if (typeof key === 'string' && key !== '') return key
  throw new CacheKeyError(`key must return a non-empty string, not ${key === '' ? "''" : typeof key}`)
}

/** A conflict means that the key was changed meanwhile: what is there now is newer than what was about to be stored. */
async function committed(commit: Promise<void>): Promise<void> {
  try {
    await commit
  } catch (error) {
    if (!(error instanceof CacheTransactionError && error.code === 'CONFLICT')) throw error
  }
}
