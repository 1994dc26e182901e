/**
 * What a cache's statistics say, as instruments: names, units, and how each is read. Knows neither OpenTelemetry nor
 * Prometheus, so that both tell the same.
 */
import type { CacheStats } from '../stats/cache-stats.js'

export type Attributes = Readonly<Record<string, string | number>>

/** One number, and what tells it from the others of its instrument. */
export type Reading = readonly [value: number, attributes?: Attributes]

export interface Measure<Stats> {
  /** Dotted, as OpenTelemetry has it: `'cache.requests'`. */
  readonly name: string
  /** A counter only rises; a gauge is what is true now. */
  readonly kind: 'counter' | 'gauge'
  /** As UCUM has it: `'s'`, `'{entry}'`. */
  readonly unit: string
  readonly description: string
  /** The attributes that its readings have, beside `cache.name`. */
  readonly attributes: readonly string[]
  /** Read when somebody asks. What cannot be known is `NaN`, and left out. */
  read(stats: Stats): readonly Reading[]
}

/** Whatever counts like a cache. */
export interface Measured<Stats = CacheStats> {
  getStats(): Stats
}

/** What every cache tells. */
export const cacheMeasures: readonly Measure<CacheStats>[] = [
  {
    name: 'cache.requests',
    kind: 'counter',
    unit: '{request}',
    description: 'Reads, by whether they found a live entry.',
    attributes: ['cache.result'],
    read: ({ hits, misses }) => [
      [hits, { 'cache.result': 'hit' }],
      [misses, { 'cache.result': 'miss' }],
    ],
  },
  {
    name: 'cache.stale_hits',
    kind: 'counter',
    unit: '{request}',
    description: 'Misses that were answered with a value kept beyond its life.',
    attributes: [],
    read: ({ staleHits }) => [[staleHits]],
  },
  {
    name: 'cache.writes',
    kind: 'counter',
    unit: '{entry}',
    description: 'Values stored, loads included.',
    attributes: [],
    read: ({ sets }) => [[sets]],
  },
  {
    name: 'cache.removals',
    kind: 'counter',
    unit: '{entry}',
    description: 'Entries that left, by why: for size, for time, or because they were deleted.',
    attributes: ['cache.removal.reason'],
    read: ({ evictions, expirations, deletes }) => [
      [evictions, { 'cache.removal.reason': 'capacity' }],
      [expirations, { 'cache.removal.reason': 'expired' }],
      [deletes, { 'cache.removal.reason': 'deleted' }],
    ],
  },
  {
    name: 'cache.loads',
    kind: 'counter',
    unit: '{load}',
    description: 'Loads, by how they ended.',
    attributes: ['cache.load.outcome'],
    read: ({ loads, loadFailures }) => [
      [loads, { 'cache.load.outcome': 'success' }],
      [loadFailures, { 'cache.load.outcome': 'failure' }],
    ],
  },
  {
    name: 'cache.entries',
    kind: 'gauge',
    unit: '{entry}',
    description: 'Entries held.',
    attributes: [],
    read: ({ items }) => [[items]],
  },
  {
    name: 'cache.weight',
    kind: 'gauge',
    unit: '1',
    description: "Total weight of the entries, in the weigher's unit.",
    attributes: [],
    read: ({ weight }) => [[weight]],
  },
]

/** How long loads take: a histogram, recorded as they end and not read. */
export const LOAD_DURATION = {
  name: 'cache.load.duration',
  unit: 's',
  description: 'How long runs of loaders take.',
  /** Upper ends of its buckets, as OpenTelemetry's conventions have them for calls to databases. */
  buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
} as const

/** The finite readings. A cache that was disposed of has none. */
export function readingsOf<Stats>(
  source: Measured<Stats>,
  measures: readonly Measure<Stats>[],
): (readonly Reading[])[] {
  let stats: Stats
  try {
    stats = source.getStats()
  } catch {
    return measures.map(() => [])
  }
  return measures.map((measure) => measure.read(stats).filter(([value]) => Number.isFinite(value)))
}
