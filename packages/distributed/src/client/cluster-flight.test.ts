/** `singleFlight: 'cluster'` over real nodes and real processes. What is counted is loads; no time is measured. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildDistributed } from '../../test-support/build-distributed.js'
import { requireRedis, startRedisServer } from '../../test-support/redis-server.js'
import { CacheNode } from '../node/index.js'
import { DistributedCache } from './distributed-cache.js'

const folder = mkdtempSync(join(tmpdir(), 'mtaio-flight-'))
const bundle = join(folder, 'distributed.mjs')
const closers: (() => unknown)[] = []

beforeAll(() => buildDistributed(bundle))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function startNode(): Promise<number> {
  const node = new CacheNode({ port: 0 })
  await node.start()
  closers.push(() => node.stop())
  return node.port
}

async function startServer(): Promise<number> {
  const server = await startRedisServer()
  closers.push(() => server.kill())
  return server.port
}

const three = (start: () => Promise<number>) => Promise.all([start(), start(), start()])
const settings = { replicationFactor: 3, readQuorum: 2, quorum: 'strict' } as const

function cacheOver(ports: readonly number[]) {
  const cache = new DistributedCache<string>({ nodes: ports.map((port) => ['127.0.0.1', port]), ...settings })
  closers.push(() => cache[Symbol.asyncDispose]())
  return cache
}

/** A client in a process of its own that says when it loads, and never ends its load. */
async function loadElsewhere(ports: readonly number[], lease: number): Promise<ChildProcess> {
  const program = `
    import { DistributedCache } from ${JSON.stringify(bundle)}
    const cache = new DistributedCache({
      nodes: ${JSON.stringify(ports.map((port) => `127.0.0.1:${port}`))}, ...${JSON.stringify(settings)}
    })
    setInterval(() => {}, 1000)
    const load = () => new Promise(() => process.stdout.write('loading'))
    await cache.getOrSet('key', load, { singleFlight: 'cluster', lease: ${lease} })
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  closers.push(() => child.kill('SIGKILL'))
  const [said] = await once(child.stdout!, 'data')
  expect(String(said)).toBe('loading')
  return child
}

/** Until all of them have found the key absent. */
async function haveLooked(caches: readonly DistributedCache<string>[]): Promise<void> {
  while (caches.some((cache) => cache.getStats().misses === 0)) await pause(5)
}

function flights(start: () => Promise<number>) {
  it('of many clients that find keys absent one loads each, and all are given its value', async () => {
    const ports = await three(start)
    const caches = Array.from({ length: 6 }, () => cacheOver(ports))
    const loads = new Map<string, number>()
    const keys = Array.from({ length: 5 }, (_, number) => `key ${number}`)
    const load = async ({ key }: { key: string }) => {
      loads.set(key, (loads.get(key) ?? 0) + 1)
      await haveLooked(caches)
      return `${key}, load ${loads.get(key)}`
    }
    for (const key of keys) {
      const all = caches.map((cache) => cache.getOrSet(key, load, { singleFlight: 'cluster', lease: 60 }))
      expect(await Promise.all(all)).toEqual(Array(6).fill(`${key}, load 1`))
    }
    expect([...loads.values()]).toEqual(keys.map(() => 1))
    expect(caches.reduce((sum, cache) => sum + cache.getStats().loads, 0)).toBe(keys.length)
  }, 30_000)

  // The lease outlives the test: whoever waits for its end fails.
  it('a client that is disposed while it loads lets another one load at once', async () => {
    const ports = await three(start)
    const [leader, ...others] = Array.from({ length: 4 }, () => cacheOver(ports))
    const events: string[] = []
    const options = { singleFlight: 'cluster', lease: 600 } as const
    let loading!: () => void
    const isLoading = new Promise<void>((resolve) => (loading = resolve))
    const neverEnds = () => {
      events.push('the leader loads')
      loading()
      return new Promise<string>(() => undefined)
    }
    const first = leader!.getOrSet('key', neverEnds, options).catch((error: Error) => error.name)
    await isLoading
    const load = async () => {
      events.push('another one loads')
      return 'value'
    }
    const values = others.map((cache) => cache.getOrSet('key', load, options))
    await haveLooked(others)
    events.push('the leader is disposed')
    await leader![Symbol.asyncDispose]()
    expect(await first).toBe('CacheClosedError')
    expect(await Promise.all(values)).toEqual(['value', 'value', 'value'])
    expect(events).toEqual(['the leader loads', 'the leader is disposed', 'another one loads'])
  }, 30_000)

  it('a process that is killed while it loads delays the others by its lease, and then one of them loads', async () => {
    const ports = await three(start)
    const child = await loadElsewhere(ports, 3)
    const events: string[] = []
    const load = async () => {
      events.push('another one loads')
      return 'value'
    }
    const caches = Array.from({ length: 3 }, () => cacheOver(ports))
    const values = caches.map((cache) => cache.getOrSet('key', load, { singleFlight: 'cluster', lease: 3 }))
    await haveLooked(caches)
    events.push('the leader is killed')
    child.kill('SIGKILL')
    expect(await Promise.all(values)).toEqual(['value', 'value', 'value'])
    expect(events).toEqual(['the leader is killed', 'another one loads'])
    expect(await cacheOver(ports).get('key')).toBe('value')
  }, 30_000)
}

describe("singleFlight: 'cluster' over three CacheNodes", () => flights(startNode))
describe.runIf(requireRedis())("singleFlight: 'cluster' over three Redis servers", () => flights(startServer))
