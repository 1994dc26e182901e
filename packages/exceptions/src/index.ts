export {
  CacheClosedError,
  CacheConfigError,
  CacheError,
  type CacheErrorOptions,
  CacheKeyError,
  CacheLoadError,
  CacheSerializationError,
  CacheTransactionError,
  type CacheTransactionErrorOptions,
  CacheValueError,
} from './cache-errors.js'
export {
  CacheBatchError,
  type CacheBatchErrorOptions,
  CacheConnectionError,
  type CacheConnectionErrorOptions,
  CacheQuorumError,
  type CacheQuorumErrorOptions,
  CacheTimeoutError,
} from './cluster-errors.js'
export { formatException, wrapException } from './format.js'
export { MTAIOError, type MTAIOErrorOptions } from './mtaio-error.js'
