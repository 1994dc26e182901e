/** Ours: the local cache, the decorator over one, and the distributed cache over a single embedded node. */
import { TTLCache } from '@mtaio/core'
import { withCache } from '@mtaio/decorators'
import { CacheNode, DistributedCache } from '@mtaio/distributed'
import type { FakeTime } from '../fake-time.js'
import type { Library, Memoized, Subject, Wishes } from '../library.js'

const local: Library = {
  name: 'TTLCache',
  packages: ['@mtaio/core'],
  unit: 's',
  ttl: 'set',
  removals: true,
  open: (wishes, time) => subjectOf(localCache(wishes, time)),
  listening(listener) {
    const cache = new TTLCache<unknown>()
    cache.on('set', listener)
    // What a listener throws becomes this event.
    cache.on('error', () => {})
    return subjectOf(cache)
  },
}

const decorated: Library = {
  name: 'withCache',
  packages: ['@mtaio/decorators'],
  unit: 's',
  ttl: 'cache',
  open(wishes, time) {
    const cache = localCache(wishes, time)
    const loads = new Map<string, () => unknown>()
    const cached = withCache(cache, { namespace: 'load' })(async (key: string) => loads.get(key)!())
    return {
      getOrSet(key, load) {
        loads.set(key, load)
        return cached(key)
      },
      delete: (key) => cached.invalidate(key),
      clear: () => cache.clear(),
    }
  },
  memoize: (fn) => withCache(new TTLCache<unknown>(), { namespace: 'fn' })(async (...args) => fn(...args)) as Memoized,
  memoizeBoth(one, other) {
    const cache = new TTLCache<unknown>()
    const both = [one, other].map((fn) => withCache(cache)(async (...args: unknown[]) => fn(...args)) as Memoized)
    return [both[0]!, both[1]!]
  },
  async failing() {
    const { cache, node } = await cluster({})
    const cached = withCache(cache, { namespace: 'load' })(async (_key: string) => 'loaded')
    return { cache: { getOrSet: (key) => cached(key) }, fail: () => node.stop() }
  },
}

const distributed: Library = {
  name: 'DistributedCache',
  packages: ['@mtaio/distributed'],
  unit: 's',
  ttl: 'set',
  note: 'over one embedded CacheNode',
  async open(wishes, time) {
    const { cache, node } = await cluster(wishes, time)
    return { ...subjectOf(cache), close: () => cache.stop().then(() => node.stop()) }
  },
  async failing() {
    const { cache, node } = await cluster({})
    return { cache: subjectOf(cache), fail: () => node.stop() }
  },
  async listening(listener) {
    const { cache } = await cluster({})
    cache.on('set', listener)
    cache.on('error', () => {})
    return subjectOf(cache)
  },
}

export const libraries: Library[] = [local, decorated, distributed]

function localCache({ max, ttl, onRemoved }: Wishes, time: FakeTime | undefined): TTLCache<unknown> {
  return new TTLCache<unknown>({
    maxSize: max,
    defaultTtl: ttl,
    onEvicted: onRemoved === undefined ? undefined : (key, _value, reason) => onRemoved(key, reason),
    clock: time?.clock,
  })
}

async function cluster({ max, ttl }: Wishes, time?: FakeTime) {
  const node = new CacheNode({ port: 0, maxSize: max, clock: time && { now: () => time.wallClock() } })
  await node.start()
  const cache = new DistributedCache<unknown>({
    nodes: [node.address],
    defaultTtl: ttl,
    clock: time?.clock,
    wallClock: time && (() => time.wallClock()),
    operationTimeout: '1s',
  })
  await cache.start()
  return { node, cache }
}

function subjectOf(cache: TTLCache<unknown> | DistributedCache<unknown>): Subject {
  return {
    get: (key) => cache.get(key),
    set: (key, value, ttl) => cache.set(key, value, ttl),
    delete: (key) => cache.delete(key),
    clear: () => cache.clear(),
    has: (key) => cache.has(key),
    ...(cache instanceof TTLCache && { size: () => cache.getStats().items }),
    keys: () => cache.keys(),
    getOrSet: (key, load) => cache.getOrSet(key, async () => load()),
  }
}
