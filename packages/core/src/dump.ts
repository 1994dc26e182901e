/** The entries of a local cache as plain data, for a warm start: out in the order in which they would leave, and in again. */
import { CacheValueError } from '@mtaio/exceptions'
import { checkKey, checkNamespaceName, checkTags, checkValue, checkWeight } from './checks.js'
import type { LocalVerbs } from './local-verbs.js'
import { quoted } from './quoted.js'
import type { Space } from './store/space.js'

/** One entry of a {@link CacheDump}. What is absent is the usual: no expiry, no tags, weight 1, no namespace. */
export interface DumpedEntry<T> {
  readonly key: string
  readonly value: T
  /** Seconds left to live when the dump was made; absent = for ever. */
  readonly ttl?: number
  readonly tags?: readonly string[]
  readonly weight?: number
  /** The names of the namespaces that it lies in, from the outermost. */
  readonly namespace?: readonly string[]
}

/** What `dump()` gives and `load()` takes: plain data, which is JSON if the values are. */
export interface CacheDump<T> {
  readonly version: 1
  /** When it was made: ms since 1970 by the machine's clock, so that time passes for what lies on a disk, too. */
  readonly at: number
  /** From the next to be evicted to the last. */
  readonly entries: readonly DumpedEntry<T>[]
}

export function dump<T>({ engine, space }: LocalVerbs<T>): CacheDump<T> {
  const { store, clock } = engine
  const { slots } = store
  const paths = new Map(pathsFrom(space, []))
  const now = clock.now()
  const entries: DumpedEntry<T>[] = []
  for (const slot of store.policy.order()) {
    const expiresAt = slots.expiresAt[slot]!
    const path = paths.get((slots.tables?.[slot] ?? store.root.table).owner!)
    if (expiresAt <= now || path === undefined) continue
    const tags = slots.tags?.[slot]
    const weight = slots.weightOf(slot)
    entries.push({
      key: slots.keyOf(slot)!,
      value: slots.valueOf(slot) as T,
      ...(expiresAt !== Number.POSITIVE_INFINITY && { ttl: (expiresAt - now) / 1000 }),
      ...(tags !== undefined && { tags: [...tags] }),
      ...(weight !== 1 && { weight }),
      ...(path.length > 0 && { namespace: path }),
    })
  }
  return { version: 1, at: Date.now(), entries }
}

/**
 * Stores what is still alive and whose key is absent: what is there already is newer. Not counted as `sets`; hooks have
 * seen these values before. How many were stored.
 *
 * @throws CacheValueError, or what `set` would throw, naming the entry: then nothing was stored
 */
export function load<T>(verbs: LocalVerbs<T>, from: CacheDump<T>): number {
  if (from?.version !== 1 || !Number.isFinite(from.at) || !Array.isArray(from.entries)) {
    throw new CacheValueError(`load() takes what dump() gave, { version: 1, at, entries }, not ${quoted(from)}`)
  }
  const asleep = Math.max(0, Date.now() - from.at)
  const checked = from.entries.map((entry: DumpedEntry<T>, index) => checkedEntry(entry, index))
  const { store, clock, maintenance, callbacks } = verbs.engine
  const now = clock.now()
  let stored = 0
  for (const { key, value, ttl, tags, weight, namespace } of checked) {
    const expiresAt = now + (ttl === undefined ? Number.POSITIVE_INFINITY : 1000 * ttl - asleep)
    const space = (namespace ?? []).reduce<Space<T>>((outer, name) => outer.child(name), verbs.space)
    if (expiresAt <= now || store.peek(space, key, now) >= 0) continue
    if (store.put(space, key, value, expiresAt, weight ?? verbs.weigh(key, value), tags, now)) stored++
    space.watchers.changed(key, 'set')
  }
  maintenance.wake()
  callbacks.drain()
  return stored
}

function checkedEntry<T>(entry: DumpedEntry<T>, index: number): DumpedEntry<T> {
  const at = `entries[${index}]`
  if (typeof entry !== 'object' || entry === null) throw new CacheValueError(`${at} of the dump is ${quoted(entry)}`)
  checkKey(entry.key)
  checkValue(entry.key, entry.value)
  if (entry.ttl !== undefined) checkWeight(entry.ttl, `ttl of ${at}`)
  if (entry.weight !== undefined) checkWeight(entry.weight, `weight of ${at}`)
  for (const name of entry.namespace ?? []) checkNamespaceName(name)
  return entry.tags === undefined ? entry : { ...entry, tags: checkTags(entry.tags) }
}

function* pathsFrom<T>(space: Space<T>, path: readonly string[]): IterableIterator<[Space<T>, readonly string[]]> {
  yield [space, path]
  for (const [name, child] of space.children) yield* pathsFrom(child, [...path, name])
}
