/** `@mtaio/core/testing`: time that stands still, and the contract that every cache keeps. */
export { type ContractCase, cacheContract } from './cache-contract.js'
export { ContractViolation } from './contract/assert.js'
export type {
  CacheContractSubject,
  ContractFixture,
  ContractSupport,
  SyncCacheContractSubject,
  SyncContractFixture,
} from './contract/subject.js'
export { ManualClock } from './manual-clock.js'
export { syncCacheContract } from './sync-cache-contract.js'
