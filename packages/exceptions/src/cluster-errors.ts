/** What can go wrong between a client and its nodes. Each says which nodes, why, and what is known of the outcome. */
import { CacheError, type CacheErrorOptions } from './cache-errors.js'
import { brandError } from './mtaio-error.js'

/** Facts of a failure to reach nodes. */
export interface CacheConnectionErrorOptions extends CacheErrorOptions {
  /** Each node that failed, as `host:port`, with its own error. */
  causes?: ReadonlyMap<string, unknown> | undefined
}

/** No node in reach answered. `causes` holds each node's own error. */
export class CacheConnectionError extends CacheError {
  /** Each node that failed, as `host:port`, with its own error. */
  readonly causes: ReadonlyMap<string, unknown>

  constructor(message: string, options: CacheConnectionErrorOptions = {}) {
    super(message, options)
    this.causes = options.causes ?? new Map()
  }
}

/** A deadline passed. Whether a write took effect is unknown. */
export class CacheTimeoutError extends CacheConnectionError {}

/** Facts of a missed quorum. */
export interface CacheQuorumErrorOptions extends CacheConnectionErrorOptions {
  /** How many replicas had to answer. */
  required: number
  /** How many did. */
  acknowledged: number
}

/** Too few replicas answered for the quorum. A write may live on those that did. */
export class CacheQuorumError extends CacheConnectionError {
  /** How many replicas had to answer. */
  readonly required: number
  /** How many did. */
  readonly acknowledged: number

  constructor(message: string, options: CacheQuorumErrorOptions) {
    super(message, options)
    this.required = options.required
    this.acknowledged = options.acknowledged
  }
}

/** Facts of a batch that failed in part. */
export interface CacheBatchErrorOptions extends CacheConnectionErrorOptions {
  /** Keys whose operation succeeded. */
  succeeded: readonly string[]
  /** Keys whose operation failed, each with its error. */
  failed: ReadonlyMap<string, unknown>
}

/** Some keys of a batch failed; the others took effect. */
export class CacheBatchError extends CacheConnectionError {
  /** Keys whose operation succeeded. */
  readonly succeeded: readonly string[]
  /** Keys whose operation failed, each with its error. */
  readonly failed: ReadonlyMap<string, unknown>

  constructor(message: string, options: CacheBatchErrorOptions) {
    super(message, options)
    this.succeeded = options.succeeded
    this.failed = options.failed
  }
}

brandError(CacheConnectionError, 'CacheConnectionError', 'CONNECTION')
brandError(CacheTimeoutError, 'CacheTimeoutError', 'TIMEOUT')
brandError(CacheQuorumError, 'CacheQuorumError', 'QUORUM')
brandError(CacheBatchError, 'CacheBatchError', 'BATCH')
