/** Measures as observable instruments of OpenTelemetry: read when its SDK collects, and never otherwise. */
import type { BatchObservableCallback, Meter } from '@opentelemetry/api'
import { type Measure, type Measured, readingsOf } from './measures.js'
import { Rising } from './rising.js'

/** Caches by the names that their metrics carry as `cache.name`. */
export type Named<Stats> = Readonly<Record<string, Measured<Stats>>>

/** Has `meter` observe every measure of every cache. Returns the undo. */
export function observe<Stats>(meter: Meter, measures: readonly Measure<Stats>[], caches: Named<Stats>): () => void {
  const instruments = measures.map(({ kind, name, description, unit }) =>
    kind === 'counter'
      ? meter.createObservableCounter(name, { description, unit })
      : meter.createObservableGauge(name, { description, unit }),
  )
  // `resetStats` sets a cache's counters to zero; those of OpenTelemetry must not fall.
  const totals = new Map<string, Rising>()
  const risen = (counter: string, count: number) => {
    const total = totals.get(counter) ?? new Rising()
    totals.set(counter, total)
    return total.at(count)
  }
  const callback: BatchObservableCallback = (result) => {
    for (const [cache, source] of Object.entries(caches)) {
      for (const [i, readings] of readingsOf(source, measures).entries()) {
        const { kind, name } = measures[i]!
        for (const [count, attributes] of readings) {
          const value = kind === 'counter' ? risen(JSON.stringify([cache, name, attributes]), count) : count
          result.observe(instruments[i]!, value, { 'cache.name': cache, ...attributes })
        }
      }
    }
  }
  meter.addBatchObservableCallback(callback, instruments)
  return () => meter.removeBatchObservableCallback(callback, instruments)
}
