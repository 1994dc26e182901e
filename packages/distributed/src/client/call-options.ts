/** What a caller may ask of single calls, checked. */
import type { Duration } from '@mtaio/core'
import { checkKnownOptions, parseDuration, quoted } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'
import type { CallOptions } from '../coordinator/cluster-parts.js'
import type { CallConsistency } from '../quorum/quorum-rule.js'

/** Options of `cache.with(…)`: they hold for every call of the view that it answers. */
export interface CallSettings {
  /** Ends a call at once with the signal's reason. What was sent may take effect all the same. */
  signal?: AbortSignal | undefined
  /** Budget of one call, in place of `operationTimeout`. Seconds, or with a unit. */
  timeout?: Duration | undefined
  /**
   * How many replicas a call waits for: `'one'`, `'quorum'` (the majority) or `'all'`. The last two strictly: fewer is a
   * `CacheQuorumError`. @defaultValue the cache's quorums
   */
  consistency?: CallConsistency | undefined
}

const KNOWN: readonly (keyof CallSettings)[] = ['signal', 'timeout', 'consistency']
const CONSISTENCIES: readonly unknown[] = ['one', 'quorum', 'all', undefined]

/** @throws CacheConfigError naming the option that is out of contract */
export function checkCallSettings(raw: CallSettings): CallOptions {
  checkKnownOptions(raw, KNOWN, 'cache.with')
  const { signal, timeout, consistency } = raw
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new CacheConfigError(`signal must be an AbortSignal, not ${quoted(signal)}`)
  }
  if (!CONSISTENCIES.includes(consistency)) {
    throw new CacheConfigError(`consistency is ${quoted(consistency)}: pass 'one', 'quorum' or 'all'`)
  }
  const ms = timeout === undefined ? undefined : parseDuration(timeout, 'timeout')
  if (ms === Number.POSITIVE_INFINITY) {
    throw new CacheConfigError('timeout must end: every wait is bounded; give seconds')
  }
  return { signal, timeout: ms, consistency }
}
