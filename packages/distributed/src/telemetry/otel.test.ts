import { context, SpanKind, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DistributedCache } from '../client/distributed-cache.js'
import { CacheNode } from '../node/index.js'
import { serverOf } from './cluster-measures.js'
import { meterCaches, traceNodes } from './otel.js'
import { collectCaches } from './prometheus.js'

const nodes = [new CacheNode({ port: 0 }), new CacheNode({ port: 0 })]
let cache: DistributedCache<string>
beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  for (const node of nodes) await node.start()
  cache = new DistributedCache({ nodes: nodes.map(({ address }) => address) })
})
afterAll(async () => {
  context.disable()
  await cache[Symbol.asyncDispose]()
  for (const node of nodes) await node.stop()
})

describe('traceNodes', () => {
  it("makes a client's span of each command, a child of the caller's, without keys and values", async () => {
    const exporter = new InMemorySpanExporter()
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
    const stop = traceNodes({ tracerProvider })
    const outer = tracerProvider.getTracer('test').startSpan('outer')
    await context.with(trace.setSpan(context.active(), outer), async () => {
      await cache.set('user:ada', 'secret')
      await cache.get('user:ada')
    })
    stop()
    await cache.get('user:ada')
    // What a new connection is asked is nobody's call.
    const ofNobody = (name: string) => /^(MGET|SET) /.test(name)
    const spans = exporter
      .getFinishedSpans()
      .filter(({ name, parentSpanContext }) => parentSpanContext !== undefined || !ofNobody(name))
    const writes = spans.filter(({ name }) => name.startsWith('EVALSHA '))
    expect(writes.length).toBeGreaterThanOrEqual(2)
    expect(spans.length).toBeGreaterThan(writes.length)
    const ports = new Set(nodes.map(({ port }) => port))
    for (const span of spans) {
      expect(span.kind).toBe(SpanKind.CLIENT)
      expect(span.parentSpanContext?.spanId).toBe(outer.spanContext().spanId)
      expect(span.attributes).toMatchObject({ 'db.system.name': 'redis', 'server.address': '127.0.0.1' })
      expect(ports.has(span.attributes['server.port'] as number)).toBe(true)
    }
    expect(JSON.stringify(spans.map(({ name, attributes }) => [name, attributes]))).not.toMatch(/ada|secret/)
  })
})

it('metrics tell of the cache and of each node, to OpenTelemetry and to Prometheus alike', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const registry = new Registry()
  cache.resetStats()
  const undo = [meterCaches({ users: cache }, { meterProvider }), collectCaches({ users: cache }, { registry })]
  await cache.set('k', 'v')
  await cache.get('k')
  await reader.forceFlush()
  const told = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
  const points = (name: string) =>
    told
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => [attributes, value]))
  expect(points('cache.requests')).toContainEqual([{ 'cache.name': 'users', 'cache.result': 'hit' }, 1])
  for (const { port } of nodes) {
    const server = { 'cache.name': 'users', 'server.address': '127.0.0.1', 'server.port': port }
    expect(points('cache.node.up')).toContainEqual([server, 1])
    expect(points('cache.node.latency')).toContainEqual([{ ...server, 'cache.quantile': '0.99' }, expect.any(Number)])
  }
  expect(points('cache.entries')).toEqual([])
  const scraped = await registry.metrics()
  expect(scraped).toContain('cache_requests_total{cache_name="users",cache_result="hit"} 1')
  const label = `cache_name="users",server_address="127.0.0.1",server_port="${nodes[0]!.port}"`
  expect(scraped).toContain(`cache_node_up{${label}} 1`)
  expect(scraped).toMatch(/cache_node_latency_seconds\{.*cache_quantile="0.5"\} 0\.0/)
  for (const stop of undo) stop()
  await meterProvider.shutdown()
})

it.each([
  ['localhost:5000', { 'server.address': 'localhost', 'server.port': 5000 }],
  ['[::1]:5000', { 'server.address': '::1', 'server.port': 5000 }],
  ['cluster', { 'server.address': 'cluster' }],
])('a node named %s is told as a server', (node, server) => expect(serverOf(node)).toEqual(server))
