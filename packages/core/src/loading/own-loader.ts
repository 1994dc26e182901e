/** The loader that a cache is made with, and how it loads unless a call says otherwise. Knows no cache. */
import { CacheConfigError } from '@mtaio/exceptions'
import type { GetOrSetOptions, Load, LoadingDefaults, LoadMany, SyncGetOrSetOptions } from '../cache.js'
import { checkInteger, checkKnownOptions } from '../checks.js'
import { quoted } from '../quoted.js'
import { gathered } from './gathered-loads.js'
import { inBatches } from './load-many.js'
import { checkLoadOptions, LOADING_OPTIONS } from './load-options.js'

/** What a cache that loads by itself is told at its making. */
export interface OwnLoaderOptions<T> {
  load?: Load<T> | undefined
  loadMany?: LoadMany<T> | undefined
  maxBatchSize?: number | undefined
  loading?: LoadingDefaults | undefined
}

/** Keys in one call of a loader: what every database takes in one list of parameters. */
const BATCH = 1000

export class OwnLoader<T> {
  readonly one: Load<T> | undefined
  readonly many: LoadMany<T> | undefined
  private readonly defaults: LoadingDefaults | undefined

  /**
   * @param keepsStale - whether the cache keeps values beyond their life
   * @throws CacheConfigError naming what is out of contract
   */
  constructor({ load, loadMany, maxBatchSize, loading }: OwnLoaderOptions<T>, keepsStale: boolean) {
    for (const [name, given] of Object.entries({ load, loadMany })) {
      if (given === undefined || typeof given === 'function') continue
      throw new CacheConfigError(`${name} must be a function that loads, not ${quoted(given)}`)
    }
    if (loading !== undefined) {
      checkKnownOptions(loading, LOADING_OPTIONS, 'loading')
      checkLoadOptions(() => undefined, loading, keepsStale)
    }
    const most = checkBatch(maxBatchSize, loadMany)
    this.one = load ?? (loadMany && gathered(loadMany, most))
    this.many = loadMany && inBatches(loadMany, most)
    this.defaults = loading
  }

  /** The same without a loader: a namespace has keys of its own, which this loader does not know. */
  withoutLoader(): OwnLoader<T> {
    return new OwnLoader<T>({ loading: this.defaults }, true)
  }

  /** The options of a call, and the defaults where it says nothing. */
  options(given: GetOrSetOptions): GetOrSetOptions {
    return this.defaults === undefined ? given : { ...this.defaults, ...given }
  }

  /** The same for a call that waits for nobody. */
  syncOptions(given: SyncGetOrSetOptions): SyncGetOrSetOptions {
    if (this.defaults === undefined) return given
    const { ttl, tags, jitter } = this.defaults
    return { ttl, tags, jitter, ...given }
  }
}

function checkBatch(most: unknown, loadMany: unknown): number {
  if (most === undefined) return BATCH
  if (loadMany === undefined)
    throw new CacheConfigError('maxBatchSize needs loadMany: it bounds the keys of one call of it')
  return most === Number.POSITIVE_INFINITY ? most : checkInteger(most, 'maxBatchSize', 1)
}

/** @param name - of the call that needs one */
export function noLoader(name: string): CacheConfigError {
  return new CacheConfigError(
    `${name} needs a cache that was made with { load } or { loadMany }, and no namespace of it: give the loader to getOrSet`,
  )
}
