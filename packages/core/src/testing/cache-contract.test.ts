/** The contract's own test: a cache that keeps it passes every case, and each fault put into that cache is noticed. */

import { describe, expect, it } from 'vitest'
import type { Duration, Entries, GetOrSetOptions, Load, SetOptions } from '../cache.js'
import type { Inspection } from '../inspection.js'
import type { CacheStats } from '../stats/cache-stats.js'
import type { StoreOptions } from '../store-options.js'
import { type ContractCase, cacheContract } from './cache-contract.js'
import { ManualClock } from './manual-clock.js'
import {
  ReferenceCache,
  type ReferenceEntry,
  type ReferenceFence,
  type ReferenceOptions,
  type ReferenceRoom,
  ReferenceTransaction,
} from './reference-cache.js'

type ReferenceType = new (options: ReferenceOptions) => ReferenceCache

function contractOf(Type: ReferenceType): ContractCase[] {
  return cacheContract({
    create: (options = {}) => {
      const clock = new ManualClock()
      return { cache: new Type({ ...options, now: () => clock.now() }), advance: (ms) => clock.advance(ms) }
    },
  })
}

/** A case that a faulty cache leaves waiting has noticed the fault, too. */
function ended(run: () => Promise<void>): Promise<void> {
  const stuck = new Promise<void>((_, reject) => {
    let turns = 0
    const turn = () => (++turns > 2_000 ? reject(new Error('never ended')) : setImmediate(turn))
    turn()
  })
  return Promise.race([run(), stuck])
}

async function brokenThemes(Type: ReferenceType): Promise<string[]> {
  const broken = new Set<string>()
  for (const { name, run } of contractOf(Type)) {
    await ended(run).catch(() => broken.add(name.slice(0, name.indexOf(':'))))
  }
  return [...broken]
}

describe('a cache of a map and linear scans keeps the contract', () => {
  for (const { name, run } of contractOf(ReferenceCache)) it(name, run)

  it('every case has a name of its own', () => {
    const names = contractOf(ReferenceCache).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})

class Transactional extends ReferenceTransaction {
  override conflicts(): string[] {
    return []
  }
}

/** Each fault, and a theme whose cases must notice it. */
const faults: Readonly<Record<string, readonly [theme: string, Type: ReferenceType]>> = {
  'answers stale values': [
    'storing',
    class extends ReferenceCache {
      override isLive(): boolean {
        return true
      }
    },
  ],
  'keeps an entry one moment too long': [
    'storing',
    class extends ReferenceCache {
      override isLive(entry: ReferenceEntry): boolean {
        return entry.expiresAt >= this.now()
      }
    },
  ],
  'ignores the TTL': [
    'storing',
    class extends ReferenceCache {
      override store(key: string, value: unknown, _ttlMs: number, tags: readonly string[] | undefined): void {
        super.store(key, value, this.defaultTtlMs, tags)
      }
    },
  ],
  'takes seconds for milliseconds': [
    'storing',
    class extends ReferenceCache {
      override store(key: string, value: unknown, ttlMs: number, tags: readonly string[] | undefined): void {
        super.store(key, value, ttlMs / 1_000, tags)
      }
    },
  ],
  'takes a TTL of zero for the default': [
    'storing',
    class extends ReferenceCache {
      override set(key: string, value: unknown, ttl?: Duration | SetOptions): Promise<void> {
        return super.set(key, value, ttl || undefined)
      }
    },
  ],
  'tells ttl in milliseconds': [
    'storing',
    class extends ReferenceCache {
      override async ttl(key: string): Promise<number | undefined> {
        const seconds = await super.ttl(key)
        return seconds && seconds * 1_000
      }
    },
  ],
  'touches nothing': [
    'storing',
    class extends ReferenceCache {
      override async touch(key: string): Promise<boolean> {
        return this.has(key)
      }
    },
  ],
  'touches what is absent': [
    'storing',
    class extends ReferenceCache {
      override async touch(key: string, ttl?: Duration): Promise<boolean> {
        await super.touch(key, ttl)
        return true
      }
    },
  ],
  'tells nothing of deletes': [
    'storing',
    class extends ReferenceCache {
      override async delete(key: string): Promise<boolean> {
        await super.delete(key)
        return true
      }
    },
  ],
  'takes falsy values for absent': [
    'reading',
    class extends ReferenceCache {
      override async get(key: string, defaultValue?: unknown): Promise<never> {
        return ((await super.get(key)) || defaultValue) as never
      }
    },
  ],
  'counts has as a read': [
    'reading',
    class extends ReferenceCache {
      override async has(key: string): Promise<boolean> {
        return (await this.get(key)) !== undefined
      }
    },
  ],
  'throws at once instead of rejecting': [
    'keys and values',
    class extends ReferenceCache {
      override get(key: string, defaultValue?: unknown): Promise<never> {
        this.check(key)
        return super.get(key, defaultValue)
      }
    },
  ],
  'takes any key': [
    'keys and values',
    class extends ReferenceCache {
      override check(): void {
        this.checkOpen()
      }
    },
  ],
  'mistakes one key for another': [
    'keys and values',
    class extends ReferenceCache {
      override find(key: string): ReferenceEntry | undefined {
        return super.find(typeof key === 'string' ? key.normalize() : key)
      }
    },
  ],
  'stores half of a bad batch': [
    'batches',
    class extends ReferenceCache {
      override async setMany(entries: Entries<unknown>, ttl?: Duration | SetOptions): Promise<void> {
        if (typeof entries !== 'object' || entries === null) return super.setMany(entries, ttl)
        const pairs =
          Symbol.iterator in entries ? [...(entries as Iterable<[string, unknown]>)] : Object.entries(entries)
        for (const pair of pairs) await super.setMany([pair], ttl)
      }
    },
  ],
  'leaves absent keys out of getMany': [
    'batches',
    class extends ReferenceCache {
      override async getMany(keys: Iterable<string>, defaultValue?: unknown): Promise<Map<string, never>> {
        const found = await super.getMany(keys, defaultValue)
        return new Map([...found].filter(([, value]) => value !== undefined))
      }
    },
  ],
  'answers getMany in an order of its own': [
    'batches',
    class extends ReferenceCache {
      override async getMany(keys: Iterable<string>, defaultValue?: unknown): Promise<Map<string, never>> {
        return new Map([...(await super.getMany(keys, defaultValue))].sort())
      }
    },
  ],
  'shows expired entries': [
    'iteration',
    class extends ReferenceCache {
      override async *items(): AsyncIterableIterator<[key: string, value: unknown]> {
        this.checkOpen()
        for (const [key, { value }] of [...this.room.entries]) yield [key, value]
      }
    },
  ],
  'shares keys between namespaces': [
    'namespaces',
    class extends ReferenceCache {
      override namespace(name: string): ReferenceCache {
        super.namespace(name)
        return new ReferenceCache({ ...this.options, room: this.room })
      }
    },
  ],
  'forgets namespaces in clear': [
    'namespaces',
    class extends ReferenceCache {
      override async clear(): Promise<void> {
        this.checkOpen()
        this.room.entries.clear()
        this.changed()
      }
    },
  ],
  'takes the parent along when a namespace is cleared': [
    'namespaces',
    class Shared extends ReferenceCache {
      parent: Shared | undefined
      override namespace(name: string): ReferenceCache {
        const view = super.namespace(name) as Shared
        view.parent = this
        return view
      }
      override async clear(): Promise<void> {
        await super.clear()
        await this.parent?.clear()
      }
    },
  ],
  'deletes what is stored after its tag was deleted': [
    'tags',
    class extends ReferenceCache {
      private readonly dead = new Set<string>()
      override async deleteByTag(tag: string): Promise<void> {
        await super.deleteByTag(tag)
        this.dead.add(tag)
      }
      override isLive(entry: ReferenceEntry): boolean {
        return super.isLive(entry) && !entry.tags.some((tag) => this.dead?.has(tag))
      }
    },
  ],
  'keeps the tags of an older value': [
    'tags',
    class extends ReferenceCache {
      override store(key: string, value: unknown, ttlMs: number, tags: readonly string[] | undefined): void {
        super.store(key, value, ttlMs, [...(tags ?? []), ...(this.room.entries.get(key)?.tags ?? [])])
      }
    },
  ],
  'deletes by the first of several tags only': [
    'invalidation',
    class extends ReferenceCache {
      override async deleteByTags(tags: Iterable<string>): Promise<void> {
        await super.deleteByTags(typeof tags === 'object' && tags !== null ? [...tags].slice(0, 1) : tags)
      }
    },
  ],
  'deletes by all of several tags only': [
    'invalidation',
    class extends ReferenceCache {
      override async deleteByTags(tags: Iterable<string>): Promise<void> {
        const all = typeof tags === 'object' && tags !== null ? [...tags] : []
        if (all.length < 2) return super.deleteByTags(tags)
        await super.deleteByTags([])
        for (const key of this.room.keysThat((_, own) => all.every((tag) => own.includes(tag)))) this.remove(key)
      }
    },
  ],
  'removes what a tag should expire': [
    'invalidation',
    class extends ReferenceCache {
      override async expireByTag(tag: string): Promise<void> {
        await this.deleteByTag(tag)
      }
    },
  ],
  'expires by no tag': [
    'invalidation',
    class extends ReferenceCache {
      override expire(): void {}
    },
  ],
  'keeps what expired for its readers, whatever removes it': [
    'invalidation',
    class extends ReferenceCache {
      override remove(key: string, ...told: []): boolean {
        const stale = this.room.stale.get(key)
        const there = super.remove(key, ...told)
        if (stale !== undefined) this.room.stale.set(key, stale)
        return there
      }
    },
  ],
  'takes a stale value for one that has just expired': [
    'invalidation',
    class extends ReferenceCache {
      override staleOf(key: string): { value: unknown; age: number } | undefined {
        const stale = super.staleOf(key)
        return stale && { ...stale, age: 0 }
      }
    },
  ],
  'takes a prefix for any part of a key': [
    'invalidation',
    class extends ReferenceCache {
      override async deleteByPrefix(prefix: string): Promise<void> {
        await super.deleteByPrefix(prefix)
        for (const key of this.room.keysThat((key) => key.includes(prefix))) this.remove(key)
      }
    },
  ],
  'takes a prefix for a pattern': [
    'invalidation',
    class extends ReferenceCache {
      override async deleteByPrefix(prefix: string): Promise<void> {
        if (prefix !== '*') return super.deleteByPrefix(prefix)
        for (const key of this.room.keysThat(() => true)) this.remove(key)
      }
    },
  ],
  'takes namespaces along with a prefix': [
    'invalidation',
    class extends ReferenceCache {
      override async deleteByPrefix(prefix: string): Promise<void> {
        await super.deleteByPrefix(prefix)
        for (const name of this.room.below.keys()) await this.namespace(name).deleteByPrefix(prefix)
      }
    },
  ],
  'takes an empty prefix for every key': [
    'invalidation',
    class extends ReferenceCache {
      override async deleteByPrefix(prefix: string): Promise<void> {
        return prefix === '' ? this.clear() : super.deleteByPrefix(prefix)
      }
    },
  ],
  'fences keys but not their beginnings': [
    'fenced loads',
    class extends ReferenceCache {
      override async deleteByPrefix(prefix: string): Promise<void> {
        const fences = [...this.room.fences]
        this.room.fences.clear()
        await super.deleteByPrefix(prefix)
        for (const fence of fences) this.room.fences.add(fence)
      }
    },
  ],
  'overtakes every load by any prefix': [
    'invalidation',
    class extends ReferenceCache {
      override async deleteByPrefix(prefix: string): Promise<void> {
        await super.deleteByPrefix(prefix)
        this.changed()
      }
    },
  ],
  'does not fence what only expires': [
    'fenced loads',
    class extends ReferenceCache {
      override async expireByTag(tag: string): Promise<void> {
        const fences = [...this.room.fences]
        this.room.fences.clear()
        await super.expireByTag(tag)
        for (const fence of fences) this.room.fences.add(fence)
      }
    },
  ],
  'tells nothing of what removed a key': [
    'explanations',
    class extends ReferenceCache {
      override async inspect(key: string): Promise<Inspection> {
        return { ...(await super.inspect(key)), removal: undefined }
      }
    },
  ],
  'forgets by which tag or prefix it was': [
    'explanations',
    class extends ReferenceCache {
      override remove(key: string): boolean {
        return super.remove(key)
      }
    },
  ],
  'takes a clear for a deletion': [
    'explanations',
    class extends ReferenceCache {
      override empty(room: ReferenceRoom): void {
        for (const key of [...room.entries.keys()])
          room.removals.set(key, { cause: 'deleted', at: this.now(), by: undefined })
        const told = new Map(room.removals)
        super.empty(room)
        for (const [key, removal] of told) room.removals.set(key, removal)
      }
    },
  ],
  'says that what has expired is live': [
    'explanations',
    class extends ReferenceCache {
      override async inspect(key: string): Promise<Inspection> {
        const { state, ...rest } = await super.inspect(key)
        return { ...rest, state: this.room.entries.has(key) ? 'live' : state }
      }
    },
  ],
  'explains in milliseconds': [
    'explanations',
    class extends ReferenceCache {
      override async inspect(key: string): Promise<Inspection> {
        const { ttl, ...rest } = await super.inspect(key)
        return { ...rest, ttl: ttl && ttl * 1_000 }
      }
    },
  ],
  'takes a touch for a birth': [
    'explanations',
    class extends ReferenceCache {
      override async touch(key: string, ttl?: Duration): Promise<boolean> {
        const entry = this.find(key)
        if (entry !== undefined) this.room.entries.set(key, { ...entry, storedAt: this.now() })
        return super.touch(key, ttl)
      }
    },
  ],
  'explains by reading': [
    'explanations',
    class extends ReferenceCache {
      override async inspect(key: string): Promise<Inspection> {
        await this.get(key)
        return super.inspect(key)
      }
    },
  ],
  'tells of no loads': [
    'explanations',
    class extends ReferenceCache {
      override async inspect(key: string): Promise<Inspection> {
        return { ...(await super.inspect(key)), isLoading: false, failure: undefined }
      }
    },
  ],
  'explains its namespaces by its own keys': [
    'explanations',
    class extends ReferenceCache {
      override namespace(name: string): ReferenceCache {
        const view = super.namespace(name)
        view.inspect = (key) => this.inspect(key)
        return view
      }
    },
  ],
  'loads for each caller': [
    'loading',
    class extends ReferenceCache {
      override async getOrSet(key: string, load: Load<unknown>, options: GetOrSetOptions = {}): Promise<unknown> {
        const cached = await this.get(key)
        if (cached !== undefined) return cached
        return new ReferenceCache({ ...this.options, room: this.room }).getOrSet(key, load, options)
      }
    },
  ],
  'runs a failed load again for each waiter': [
    'loading',
    class extends ReferenceCache {
      override async getOrSet(key: string, load: Load<unknown>, options: GetOrSetOptions = {}): Promise<unknown> {
        try {
          return await super.getOrSet(key, load, options)
        } catch {
          return super.getOrSet(key, load, options)
        }
      }
    },
  ],
  'caches undefined as null': [
    'loading',
    class extends ReferenceCache {
      override getOrSet(key: string, load: Load<unknown>, options: GetOrSetOptions = {}): Promise<unknown> {
        if (typeof load !== 'function') return super.getOrSet(key, load, options)
        return super.getOrSet(key, async (context) => (await load(context)) ?? null, options)
      }
    },
  ],
  'ignores what the loader sets': [
    'loading',
    class extends ReferenceCache {
      override fill(key: string, value: unknown, { store, graceMs }: StoreOptions, fence: ReferenceFence): unknown {
        return super.fill(key, value, { store, graceMs }, fence)
      }
    },
  ],
  'stores what the loader says not to store': [
    'loading',
    class extends ReferenceCache {
      override fill(key: string, value: unknown, options: StoreOptions, fence: ReferenceFence): unknown {
        return super.fill(key, value, { ...options, store: true }, fence)
      }
    },
  ],
  'remembers no failure': [
    'loading',
    class extends ReferenceCache {
      override getOrSet(key: string, load: Load<unknown>, options: GetOrSetOptions = {}): Promise<unknown> {
        return super.getOrSet(key, load, { ...options, negativeTtl: undefined })
      }
    },
  ],
  'spreads TTLs too far': [
    'loading',
    class extends ReferenceCache {
      override getOrSet(key: string, load: Load<unknown>, options: GetOrSetOptions = {}): Promise<unknown> {
        return super.getOrSet(key, load, { ...options, jitter: options.jitter && 0.99 })
      }
    },
  ],
  'fills without a fence': [
    'fenced loads',
    class extends ReferenceCache {
      override fill(key: string, value: unknown, options: StoreOptions, fence: ReferenceFence): unknown {
        return super.fill(key, value, options, { ...fence, holds: () => true })
      }
    },
  ],
  'fences keys but not tags': [
    'fenced loads',
    class extends ReferenceCache {
      override fill(key: string, value: unknown, options: StoreOptions, fence: ReferenceFence): unknown {
        return super.fill(key, value, options, { ...fence, holds: () => !fence.broken })
      }
    },
  ],
  'lets newcomers join an overtaken load': [
    'fenced loads',
    class extends ReferenceCache {
      override openFence(key: string): ReferenceFence {
        const fence = super.openFence(key, () => undefined)
        const { holds } = fence
        // Asked once at the fill and any number of times by newcomers: only the fill has closed it.
        fence.holds = (tags) => this.room.fences.has(fence) || holds(tags)
        return fence
      }
    },
  ],
  'breaks every load at any change': [
    'fenced loads',
    class extends ReferenceCache {
      override changed(): void {
        super.changed()
      }
    },
  ],
  'does not hear aborts': [
    'aborted loads',
    class extends ReferenceCache {
      override getOrSet(key: string, load: Load<unknown>, options: GetOrSetOptions = {}): Promise<unknown> {
        if (options?.signal === undefined || typeof load !== 'function') return super.getOrSet(key, load, options)
        return super.getOrSet(key, load, { ...options, signal: undefined })
      }
    },
  ],
  'commits whatever has changed': [
    'conflicts',
    class extends ReferenceCache {
      override openTransaction(): ReferenceTransaction {
        return new Transactional(this)
      }
    },
  ],
  'takes a write for a read': [
    'conflicts',
    class extends ReferenceCache {
      override openTransaction(): ReferenceTransaction {
        return new (class extends ReferenceTransaction {
          override async set(key: string, value: unknown, ttl?: Duration | SetOptions): Promise<void> {
            this.view(key)
            await super.set(key, value, ttl)
          }
        })(this)
      }
    },
  ],
  'shows writes before the commit': [
    'transactions',
    class extends ReferenceCache {
      override openTransaction(): ReferenceTransaction {
        return new (class extends ReferenceTransaction {
          override async set(key: string, value: unknown, ttl?: Duration | SetOptions): Promise<void> {
            await super.set(key, value, ttl)
            await this.cache.set(key, value, ttl)
          }
          override conflicts(): string[] {
            return []
          }
        })(this)
      }
    },
  ],
  'does not read its own writes': [
    'transactions',
    class extends ReferenceCache {
      override openTransaction(): ReferenceTransaction {
        return new (class extends ReferenceTransaction {
          override view(key: string): unknown {
            super.view(key)
            return this.cache.room.entries.get(key)?.value
          }
        })(this)
      }
    },
  ],
  'counts what is rolled back': [
    'transactions',
    class extends ReferenceCache {
      override openTransaction(): ReferenceTransaction {
        return new (class extends ReferenceTransaction {
          override async get(key: string, defaultValue?: unknown): Promise<never> {
            this.cache.room.counter.hits++
            return super.get(key, defaultValue)
          }
        })(this)
      }
    },
  ],
  'can be used after its end': [
    'transactions',
    class extends ReferenceCache {
      override openTransaction(): ReferenceTransaction {
        return new (class extends ReferenceTransaction {
          override async rollback(): Promise<void> {
            this.staged.clear()
          }
        })(this)
      }
    },
  ],
  'hands out live statistics': [
    'statistics',
    class extends ReferenceCache {
      override getStats(): CacheStats {
        this.checkOpen()
        return Object.assign(this.room.counter, { items: 0, weight: 0, hitRate: 0 })
      }
    },
  ],
  'resets statistics in clear': [
    'statistics',
    class extends ReferenceCache {
      override async clear(): Promise<void> {
        await super.clear()
        this.room.counter.reset()
      }
    },
  ],
  'counts misses twice': [
    'statistics',
    class extends ReferenceCache {
      override async getOrSet(key: string, load: Load<unknown>, options: GetOrSetOptions = {}): Promise<unknown> {
        await this.get(key)
        return super.getOrSet(key, load, options)
      }
    },
  ],
  'answers after disposal': [
    'lifecycle',
    class extends ReferenceCache {
      override checkOpen(): void {}
    },
  ],
}

describe('the contract notices a cache that', () => {
  it.each(Object.entries(faults).map(([fault, [theme, Type]]) => ({ fault, theme, Type })))(
    '$fault',
    async ({ theme, Type }) => {
      expect(await brokenThemes(Type)).toContain(theme)
    },
  )
})
