/** Measures as metrics of `prom-client`: read when a registry is scraped, and never otherwise. */
import { CacheConfigError } from '@mtaio/exceptions'
import { Counter, Gauge, type Registry } from 'prom-client'
import { quoted } from '../quoted.js'
import { type Measure, type Measured, readingsOf } from './measures.js'

type Sources = Map<string, Measured<unknown>>

/** Who is read for which registry: a metric is registered once, however many caches it tells of. */
const collected = new WeakMap<Registry, Map<unknown, Sources>>()

/** `cache.load.duration` in seconds → `cache_load_duration_seconds`, as OpenTelemetry's own exporter has it. */
export function prometheusName({
  name,
  unit,
  kind,
}: Pick<Measure<never>, 'name' | 'unit'> & { kind?: string }): string {
  const inUnit = unit === 's' ? '_seconds' : ''
  return name.replaceAll('.', '_') + inUnit + (kind === 'counter' ? '_total' : '')
}

/** Has `registry` read every measure of every cache when it is scraped. Returns the undo. */
export function collect<Stats>(
  registry: Registry,
  measures: readonly Measure<Stats>[],
  caches: Readonly<Record<string, Measured<Stats>>>,
): () => void {
  const ofRegistry = collected.get(registry) ?? new Map<unknown, Sources>()
  collected.set(registry, ofRegistry)
  const known = ofRegistry.get(measures) as Map<string, Measured<Stats>> | undefined
  const sources = known ?? new Map<string, Measured<Stats>>()
  const taken = Object.keys(caches).find((name) => sources.has(name))
  if (taken !== undefined) {
    throw new CacheConfigError(
      `a cache named ${quoted(taken)} is told of in this registry already: give it another name`,
    )
  }
  if (known === undefined) {
    for (const measure of measures) register(registry, measure, sources)
    ofRegistry.set(measures, sources as Sources)
  }
  for (const [name, source] of Object.entries(caches)) sources.set(name, source)
  return () => {
    for (const name of Object.keys(caches)) sources.delete(name)
  }
}

function register<Stats>(
  registry: Registry,
  measure: Measure<Stats>,
  sources: ReadonlyMap<string, Measured<Stats>>,
): void {
  const name = prometheusName(measure)
  const labelNames = ['cache.name', ...measure.attributes].map(labelOf)
  const settings = { name, help: measure.description, labelNames, registers: [registry] }
  const readings = function* () {
    for (const [cache, source] of sources) {
      for (const [value, attributes] of readingsOf(source, [measure])[0]!) {
        const labels = Object.entries({ 'cache.name': cache, ...attributes })
        yield [Object.fromEntries(labels.map(([label, of]) => [labelOf(label), of])), value] as const
      }
    }
  }
  if (measure.kind === 'counter') {
    new Counter({
      ...settings,
      collect() {
        // Counts from zero again after `resetStats`, as a counter of Prometheus may.
        this.reset()
        for (const [labels, value] of readings()) this.inc(labels, value)
      },
    })
  } else {
    new Gauge({
      ...settings,
      collect() {
        this.reset()
        for (const [labels, value] of readings()) this.set(labels, value)
      },
    })
  }
}

function labelOf(attribute: string): string {
  return attribute.replaceAll('.', '_')
}
