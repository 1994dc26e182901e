import { CacheConfigError } from '@mtaio/exceptions'
import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { TTLCache } from '../ttl-cache.js'
import { collectCaches } from './prometheus.js'

/** The samples of a scrape, without what explains them. */
const scraped = async (registry: Registry) =>
  (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))

it('tells statistics at each scrape, under the names that OpenTelemetry gives them', async () => {
  const registry = new Registry()
  const users = new TTLCache<string>({ name: 'users', maxSize: 1 })
  const stop = collectCaches({ users }, { registry })
  await users.set('user:ada', 'secret')
  await users.get('user:ada')
  await users.getOrSet('user:bob', async () => 'v')
  const lines = await scraped(registry)
  expect(lines).toContain('cache_requests_total{cache_name="users",cache_result="hit"} 1')
  expect(lines).toContain('cache_requests_total{cache_name="users",cache_result="miss"} 1')
  expect(lines).toContain('cache_removals_total{cache_name="users",cache_removal_reason="capacity"} 1')
  expect(lines).toContain('cache_entries{cache_name="users"} 1')
  expect(lines).toContain('cache_load_duration_seconds_count{cache_name="users",error_type=""} 1')
  expect(lines.join()).not.toMatch(/ada|bob|secret/)
  await users.get('user:bob')
  expect(await scraped(registry)).toContain('cache_requests_total{cache_name="users",cache_result="hit"} 2')
  stop()
  expect((await scraped(registry)).filter((line) => line.startsWith('cache_requests'))).toEqual([])
})

it('tells of several caches in one registry, and refuses a second one of the same name', async () => {
  const registry = new Registry()
  const stop = collectCaches({ a: new TTLCache() }, { registry })
  collectCaches({ b: new TTLCache() }, { registry })
  expect((await scraped(registry)).filter((line) => line.startsWith('cache_entries'))).toHaveLength(2)
  expect(() => collectCaches({ a: new TTLCache() }, { registry })).toThrow(CacheConfigError)
  stop()
  collectCaches({ a: new TTLCache() }, { registry })
  expect((await scraped(registry)).filter((line) => line.startsWith('cache_entries'))).toHaveLength(2)
  expect(() => collectCaches({ a: new TTLCache() }, { registry: new Registry() })).not.toThrow()
})
