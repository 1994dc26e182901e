/** What can go wrong in any cache, local or distributed. Facts are fields; messages carry the way out. */
import { brandError, MTAIOError, type MTAIOErrorOptions } from './mtaio-error.js'

/** Facts that any cache error may carry. */
export interface CacheErrorOptions extends MTAIOErrorOptions {
  /** The key concerned, where there is one. */
  key?: string | undefined
  /** The node concerned, as `host:port`, where there is one. */
  node?: string | undefined
}

/** Root of all cache errors. */
export class CacheError extends MTAIOError {
  /** The key concerned, if one is. */
  readonly key: string | undefined
  /** The node concerned, as `host:port`, if one is. */
  readonly node: string | undefined

  constructor(message: string, options: CacheErrorOptions = {}) {
    super(message, options)
    this.key = options.key
    this.node = options.node
  }
}

/** A key is invalid, or `getOrThrow` did not find it (`code: 'KEY_NOT_FOUND'`; otherwise `'INVALID_KEY'`). */
export class CacheKeyError extends CacheError {}

/** A value cannot be stored: `undefined`, too large, or vetoed by its nature. */
export class CacheValueError extends CacheError {}

/** An option, duration or argument is out of contract. The message quotes what was given. */
export class CacheConfigError extends CacheError {}

/** Bytes under a key could not be decoded, or a value could not be encoded. */
export class CacheSerializationError extends CacheError {}

/** Facts of a transaction that did not commit. */
export interface CacheTransactionErrorOptions extends CacheErrorOptions {
  /** The keys that stood in the way. */
  keys?: readonly string[] | undefined
}

/**
 * A transaction did not commit.
 *
 * `code` is `'CONFLICT'` (something read was changed; nothing applied), `'TOO_LARGE'` (it cannot fit; nothing applied),
 * `'CLOSED'` (used after its end), `'CROSS_PLACEMENT'` (keys without one placement tag) or `'UNKNOWN_OUTCOME'`.
 */
export class CacheTransactionError extends CacheError {
  /** The keys that stood in the way; empty where none is to blame. */
  readonly keys: readonly string[]

  constructor(message: string, options: CacheTransactionErrorOptions = {}) {
    super(message, options)
    this.keys = options.keys ?? []
  }
}

/** A loader failed in a way that is the cache's to report (timed out, aborted, negative entry); `cause` has the reason. */
export class CacheLoadError extends CacheError {}

/** The cache was disposed; nothing can be asked of it any more. */
export class CacheClosedError extends CacheError {}

brandError(CacheError, 'CacheError', 'CACHE_ERROR')
brandError(CacheKeyError, 'CacheKeyError', 'INVALID_KEY')
brandError(CacheValueError, 'CacheValueError', 'INVALID_VALUE')
brandError(CacheConfigError, 'CacheConfigError', 'INVALID_CONFIG')
brandError(CacheSerializationError, 'CacheSerializationError', 'SERIALIZATION')
brandError(CacheTransactionError, 'CacheTransactionError', 'TRANSACTION')
brandError(CacheLoadError, 'CacheLoadError', 'LOAD_FAILED')
brandError(CacheClosedError, 'CacheClosedError', 'CLOSED')
