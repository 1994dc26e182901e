/** `@mtaio/core/engine`: the parts for those who build stores and caches of their own; `@mtaio/distributed` does. */
export * from './checks.js'
export { counted } from './diagnostics/counted.js'
export { keyTemplate } from './diagnostics/key-template.js'
export { openChannel } from './diagnostics/open-channel.js'
export {
  type CacheTrace,
  deletes,
  loads,
  reads,
  Tracer,
  type TraceSource,
  transactions,
  writes,
} from './diagnostics/traces.js'
export type { TracingChannel } from './diagnostics/tracing-channel.js'
export { CallbackQueue } from './events/callback-queue.js'
export { Emitter } from './events/emitter.js'
export { reportFailure } from './events/report-failure.js'
export { parseDuration } from './expiry/duration.js'
export { TimerWheel } from './expiry/timer-wheel.js'
export { loadMany } from './loading/load-many.js'
export { checkEarlyRefresh, checkJitter } from './loading/load-options.js'
export type { LoadTarget, Stale } from './loading/load-target.js'
export { Loader } from './loading/loader.js'
export { noLoader, OwnLoader, type OwnLoaderOptions } from './loading/own-loader.js'
export { Maintenance, type Sweepable } from './maintenance.js'
export { quoted } from './quoted.js'
export { Counter } from './stats/counter.js'
export { type Change, Fence, Watchers } from './store/watchers.js'
export type { StoreOptions } from './store-options.js'
export { setSystemTimer, systemClock } from './time/clock.js'
export { runAsync } from './transaction/run-transaction.js'
export { traced, tracedBody } from './transaction/traced-transaction.js'
export { type Write, WriteBuffer } from './transaction/write-buffer.js'
