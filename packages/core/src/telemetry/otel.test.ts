import { context, type Span, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { TTLCache } from '../ttl-cache.js'
import { cacheMeasures, LOAD_DURATION } from './measures.js'
import { meterCaches, type TraceCachesOptions, traceCaches } from './otel.js'

const exporter = new InMemorySpanExporter()
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const tracer = tracerProvider.getTracer('test')
const undo: (() => unknown)[] = []

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
afterAll(() => context.disable())
afterEach(async () => {
  for (const call of undo.splice(0)) await call()
  exporter.reset()
})

const tracing = (options: TraceCachesOptions = {}) => undo.push(traceCaches({ tracerProvider, ...options }))

/** Runs `work` within a span, and answers with that span's id and those that ended within it, in the order of their ends. */
async function inSpan(work: () => Promise<unknown>) {
  const outer: Span = tracer.startSpan('outer')
  await context.with(trace.setSpan(context.active(), outer), work)
  outer.end()
  const spans = exporter.getFinishedSpans().filter(({ name }) => name !== 'outer')
  return { outer: outer.spanContext().spanId, spans }
}

/** Numbers by instrument and attributes, as an exporter gets them. */
function reader(temporality = AggregationTemporality.CUMULATIVE) {
  const metrics = new InMemoryMetricExporter(temporality)
  const periodic = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 2 ** 30 })
  const meterProvider = new MeterProvider({ readers: [periodic] })
  undo.push(() => meterProvider.shutdown())
  const read = async () => {
    metrics.reset()
    await periodic.forceFlush()
    const told = metrics.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    return new Map(
      told.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => [
          [descriptor.name, ...Object.values(attributes)].join(' '),
          typeof value === 'number' ? value : (value as { count: number }).count,
        ]),
      ),
    )
  }
  return { meterProvider, read }
}

describe('traceCaches', () => {
  it('makes children of the active span, by name and template, and never tells a key, a value or a message', async () => {
    tracing()
    const cache = new TTLCache<string>({ name: 'users' })
    const { outer, spans } = await inSpan(async () => {
      await cache.namespace('eu').set('user:ada@example.org', 'secret')
      await cache.namespace('eu').get('user:ada@example.org')
      await cache.get('user:ada@example.org')
      await cache
        .getOrSet('user:ada@example.org', () => Promise.reject(new Error('user:ada@example.org is gone')))
        .catch(() => 1)
    })
    expect(spans.map(({ name }) => name)).toEqual([
      'cache.set',
      'cache.get',
      'cache.get',
      'cache.load',
      'cache.getOrSet',
    ])
    expect(spans[1]!.attributes).toEqual({
      'cache.name': 'users',
      'cache.operation': 'get',
      'cache.namespace': 'eu',
      'cache.key_template': 'user:*',
      'cache.keys': 1,
      'cache.hit': true,
    })
    expect(spans[2]!.attributes).toMatchObject({ 'cache.hit': false })
    expect(spans[3]).toMatchObject({ status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'Error' } })
    for (const at of [0, 1, 2, 4]) expect(spans[at]!.parentSpanContext?.spanId).toBe(outer)
    expect(spans[3]!.parentSpanContext?.spanId).toBe(spans[4]!.spanContext().spanId)
    const all = JSON.stringify(spans.map(({ name, attributes, status, events }) => [name, attributes, status, events]))
    expect(all).not.toMatch(/ada|secret|gone/)
  })

  it('is active in the loader: what that traces is a child of the load, across what it awaits', async () => {
    tracing({ calls: ['load'] })
    const cache = new TTLCache<string>()
    const { outer, spans } = await inSpan(() =>
      cache.getOrSet('k', async () => {
        await undefined
        tracer.startSpan('query').end()
        return 'v'
      }),
    )
    const [query, load] = spans
    expect([query!.name, load!.name]).toEqual(['query', 'cache.load'])
    expect(query!.parentSpanContext?.spanId).toBe(load!.spanContext().spanId)
    expect(load!.parentSpanContext?.spanId).toBe(outer)
  })

  it('makes spans of synchronous calls and of batches, with how many were found', async () => {
    tracing()
    const cache = new TTLCache<string>({ keyTemplate: (key) => key })
    const { spans } = await inSpan(async () => {
      cache.sync.set('a', '1')
      cache.sync.get('a')
      await cache.getMany(['a', 'b'])
      expect(() => cache.sync.get('')).toThrow()
    })
    expect(spans.map(({ name }) => name)).toEqual(['cache.set', 'cache.get', 'cache.getMany', 'cache.get'])
    expect(spans[1]!.attributes).toMatchObject({ 'cache.key_template': 'a', 'cache.hit': true })
    expect(spans[2]!.attributes).toMatchObject({ 'cache.keys': 2, 'cache.hits': 1 })
    expect(spans[3]!.status.code).toBe(SpanStatusCode.ERROR)
  })

  it('makes spans of a transaction and, within it, of what it does', async () => {
    tracing()
    const cache = new TTLCache<string>()
    const { outer, spans } = await inSpan(() => cache.transaction((txn) => txn.set('user:ada', 'secret')))
    const [set, commit, whole] = spans
    expect(spans.map(({ name }) => name)).toEqual(['cache.set', 'cache.commit', 'cache.transaction'])
    expect(set!.attributes).toMatchObject({ 'cache.key_template': 'user:*', 'cache.keys': 1 })
    expect(commit!.attributes).toMatchObject({ 'cache.keys': 1 })
    expect(whole!.attributes).toMatchObject({ 'cache.attempts': 1 })
    expect(whole!.parentSpanContext?.spanId).toBe(outer)
    for (const span of [set, commit]) expect(span!.parentSpanContext?.spanId).toBe(whole!.spanContext().spanId)
  })

  it('makes no span where nobody traces, unless told to; and none after its undo', async () => {
    tracing()
    const cache = new TTLCache<string>()
    await cache.get('k')
    expect(exporter.getFinishedSpans()).toEqual([])
    await undo.pop()!()
    tracing({ requireParent: false })
    await cache.get('k')
    expect(exporter.getFinishedSpans()).toHaveLength(1)
    await undo.pop()!()
    expect((await inSpan(() => cache.get('k'))).spans).toHaveLength(1)
  })
})

describe('meterCaches', () => {
  it('reads the statistics when it is collected, and tells them by name of the cache', async () => {
    const { meterProvider, read } = reader()
    const users = new TTLCache<string>({ name: 'users', maxSize: 1 })
    const other = new TTLCache<string>({ name: 'not metered' })
    undo.push(meterCaches({ users }, { meterProvider }))
    await users.set('a', '1')
    await users.set('b', '2')
    await users.get('b')
    await users.get('a')
    await users.getOrSet('c', async () => '3')
    await users.getOrSet('d', () => Promise.reject(new Error('down'))).catch(() => undefined)
    await other.getOrSet('c', async () => '3')
    expect(Object.fromEntries(await read())).toEqual({
      'cache.requests users hit': 1,
      'cache.requests users miss': 3,
      'cache.stale_hits users': 0,
      'cache.writes users': 3,
      'cache.removals users capacity': 2,
      'cache.removals users expired': 0,
      'cache.removals users deleted': 0,
      'cache.loads users success': 1,
      'cache.loads users failure': 1,
      'cache.entries users': 1,
      'cache.weight users': 1,
      'cache.load.duration users': 1,
      'cache.load.duration users Error': 1,
    })
  })

  it('never lets a counter fall, whoever resets the statistics', async () => {
    const { meterProvider, read } = reader()
    const users = new TTLCache<string>()
    undo.push(meterCaches({ users }, { meterProvider }))
    const misses = async () => (await read()).get('cache.requests users miss')
    for (let i = 0; i < 3; i++) await users.get('k')
    expect(await misses()).toBe(3)
    users.resetStats()
    expect(await misses()).toBe(3)
    for (let i = 0; i < 2; i++) await users.get('k')
    expect(await misses()).toBe(5)
  })

  it('tells nothing of a cache that was disposed of while another one is read, and nothing after its undo', async () => {
    const { meterProvider, read } = reader(AggregationTemporality.DELTA)
    const [gone, here] = [new TTLCache<string>(), new TTLCache<string>()]
    const stop = meterCaches(
      {
        gone: {
          getStats: () => {
            throw new Error('closed')
          },
        },
        here,
      },
      { meterProvider },
    )
    await gone[Symbol.asyncDispose]()
    const names = [...(await read()).keys()]
    expect(names.some((name) => name.includes('here'))).toBe(true)
    expect(names.some((name) => name.includes('gone'))).toBe(false)
    stop()
    expect((await read()).size).toBe(0)
  })
})

it('all names are of the documented kind', () => {
  for (const { name, unit, attributes } of [...cacheMeasures, { ...LOAD_DURATION, attributes: [] }]) {
    expect(name).toMatch(/^cache(\.[a-z_]+)+$/)
    expect(unit).toMatch(/^(s|1|\{[a-z]+\})$/)
    for (const attribute of attributes) expect(attribute).toMatch(/^(cache|server|error)(\.[a-z_]+)+$/)
  }
})
