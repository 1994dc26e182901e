/** The ways in which a program may use, or not use, the telemetry of a cache. */

export const MODES = {
  'not imported': 'no module of OpenTelemetry is loaded',
  'imported, not called': '`@mtaio/core/otel` is loaded, nothing of it called',
  'called, no SDK': '`meterCaches` and `traceCaches`, and no SDK to record anything',
  'metrics only': 'SDK on, `meterCaches`; read once a round',
  'spans, not traced': 'SDK on, `traceCaches`, and the caller traces nothing',
  'spans of loads': "SDK on, `traceCaches({ calls: ['load'] })`, within a span that is sampled",
  'spans of all calls': 'SDK on, `traceCaches`, within a span that is sampled',
} as const

export type Mode = keyof typeof MODES

/** Nanoseconds an operation. */
export interface Times {
  readonly 'sync.get, hit': number
  readonly 'get, hit': number
  readonly set: number
  readonly 'getOrSet, load': number
}
