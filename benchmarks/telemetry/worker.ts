/** One process, one mode, one round: prints what each operation took, as JSON. */
import { TTLCache } from '@mtaio/core'
import { preparedKeys } from '../measure/keys.js'
import type { Mode, Times } from './modes.js'

const KEYS = preparedKeys('12', 1000)
const PASSES = 20

const mode = process.argv[2] as Mode
const cache = new TTLCache<number>({ name: 'bench', maxSize: 100_000, defaultTtl: '1h' })
/** Runs work as the mode wants it: within a span, or not. */
let around = <R>(work: () => R): R => work()
/** What an exporter does once in a while. */
let collect = async () => {}

if (mode !== 'not imported') {
  const { meterCaches, traceCaches } = await import('@mtaio/core/otel')
  if (mode === 'called, no SDK') {
    meterCaches({ bench: cache })
    traceCaches()
  } else if (mode !== 'imported, not called') {
    const { context, metrics, trace } = await import('@opentelemetry/api')
    const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks')
    const { MeterProvider, PeriodicExportingMetricReader, InMemoryMetricExporter, AggregationTemporality } =
      await import('@opentelemetry/sdk-metrics')
    const { BasicTracerProvider, BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base')
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    const exporter = {
      export: (_spans: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
      shutdown: async () => {},
    }
    const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] })
    trace.setGlobalTracerProvider(provider)
    const read = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({ exporter: read, exportIntervalMillis: 2 ** 30 })
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
    if (mode === 'metrics only') {
      meterCaches({ bench: cache })
      collect = () => reader.forceFlush()
    } else {
      traceCaches(mode === 'spans of loads' ? { calls: ['load'] } : {})
      if (mode !== 'spans, not traced') {
        const inside = trace.setSpan(context.active(), provider.getTracer('bench').startSpan('request'))
        around = (work) => context.with(inside, work)
      }
    }
  }
}

// Processor time: a neighbour's load on the machine is none of it.
const now = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

async function timed(call: (key: string) => unknown): Promise<number> {
  const began = now()
  await around(async () => {
    for (let pass = 0; pass < PASSES; pass++) for (const key of KEYS) await call(key)
  })
  return ((now() - began) * 1000) / (PASSES * KEYS.length)
}

function timedNow(call: (key: string) => unknown): number {
  const began = now()
  around(() => {
    for (let pass = 0; pass < 10 * PASSES; pass++) for (const key of KEYS) call(key)
  })
  return ((now() - began) * 1000) / (10 * PASSES * KEYS.length)
}

async function round(): Promise<Times> {
  const set = await timed((key) => cache.set(key, 1))
  const hit = timedNow((key) => cache.sync.get(key))
  const get = await timed((key) => cache.get(key))
  await cache.clear()
  const load = await timed(async (key) => {
    await cache.getOrSet(key, async () => 1)
    cache.sync.clear()
  })
  await collect()
  return { 'sync.get, hit': hit, 'get, hit': get, set, 'getOrSet, load': load }
}

// The compiler has seen everything before it counts.
for (let warmUp = 0; warmUp < 4; warmUp++) await round()
const rounds: Times[] = []
for (let each = 0; each < 5; each++) rounds.push(await round())
const best = (name: keyof Times) => Math.min(...rounds.map((times) => times[name]))
const names = Object.keys(rounds[0]!) as (keyof Times)[]
process.stdout.write(JSON.stringify(Object.fromEntries(names.map((name) => [name, best(name)]))), () => process.exit())
