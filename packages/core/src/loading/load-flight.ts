/** One load under way, or its value on its way into the cache. */
import type { StoreOptions } from '../store-options.js'
import type { LoadFence } from './load-target.js'
import { Flight } from './single-flight.js'

export class LoadFlight<T, F extends LoadFence, E> extends Flight<T> {
  fence!: F
  /** Whether the load has answered or failed, so that its context can change nothing any more. */
  ended = false
  /** Whether its value is being stored: then the fence is still asked, though everybody may have left. */
  filling = false

  /** Whether nobody asked for it, so that its failure is nobody's. */
  isRefresh = false
  /** What a caller would still be answered. */
  stale: T | undefined
  /** Whether its fence goes on being watched, for its failure. */
  isRemembered = false

  constructor(
    key: string,
    readonly options: StoreOptions,
    /** What was known when it began. */
    readonly evidence: E,
    onOver: (flight: LoadFlight<T, F, E>) => void,
  ) {
    super(key, () => onOver(this))
  }
}
