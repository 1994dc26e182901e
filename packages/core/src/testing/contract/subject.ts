/** Whom the contract is asked of, and what a case is given. Knows no cache and no test runner. */
import type { Cache, Duration, SyncCache } from '../../cache.js'

/** A cache on trial, and the way to move its time. */
export interface ContractFixture {
  /** Empty, started or not, used by nobody else. The suite disposes it. */
  readonly cache: Cache<unknown>
  /** Moves the time by which the cache judges expiry forward. Milliseconds. */
  advance(ms: number): void | Promise<void>
}

/** What a cache may be unable to do by its nature. Each is taken for granted unless said otherwise. */
export interface ContractSupport {
  /** `getStats()` counts items, weight and expirations. `false` for a cluster: then items and weight must be `NaN`. @defaultValue true */
  readonly exactItems?: boolean
  /** Time stands still but for `advance`, so that deadlines can be tested to the millisecond. @defaultValue true */
  readonly exactTime?: boolean
  /** Dates, maps, sets, bigints and bytes come back as such. @defaultValue true */
  readonly richValues?: boolean
  /** Values whose life is over are kept for `staleIfError` and `staleWhileRevalidate`. @defaultValue true */
  readonly staleValues?: boolean
  /** `inspect` tells of age and of what removed a key: not a `TTLCache` without `inspectable`. @defaultValue true */
  readonly removals?: boolean
}

/** An implementation of `Cache` that the contract is asked of. */
export interface CacheContractSubject {
  /** Makes a new, empty cache whose `defaultTtl` is as given, else 300 seconds. */
  create(options?: { defaultTtl?: Duration }): ContractFixture | Promise<ContractFixture>
  readonly supports?: ContractSupport
}

/** What a case works with: as many caches as it opens. They are disposed after it. */
export interface Stage {
  open(options?: { defaultTtl?: Duration }): Promise<ContractFixture>
}

/** Cases by the sentence of behaviour that each checks. */
export type Cases = Readonly<Record<string, (stage: Stage) => Promise<void>>>

/** A synchronous cache on trial, and the way to move its time. */
export interface SyncContractFixture {
  /** Empty, used by nobody else. The suite disposes it. */
  readonly cache: SyncCache<unknown>
  /** Moves the time by which the cache judges expiry forward. Milliseconds. */
  advance(ms: number): void
}

/** An implementation of `SyncCache` that the contract is asked of. */
export interface SyncCacheContractSubject {
  /** Makes a new, empty cache whose `defaultTtl` is as given, else 300 seconds. */
  create(options?: { defaultTtl?: Duration }): SyncContractFixture
  readonly supports?: Omit<ContractSupport, 'staleValues' | 'exactTime'>
}

/** What a synchronous case works with. */
export interface SyncStage {
  open(options?: { defaultTtl?: Duration }): { readonly cache: SyncCache<unknown> }
  /** Moves the time of all that were opened. */
  advance(ms: number): void
}

/** Cases without a promise, by the sentence of behaviour that each checks. */
export type SyncCases = Readonly<Record<string, (stage: SyncStage) => void>>
