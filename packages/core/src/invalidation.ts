/**
 * Many entries of a local cache invalidated in one step: all of them, by tags, by a prefix of their keys. Loads that began
 * before are fenced off, also those of keys that are absent. Callbacks wait until all is done.
 */
import { checkPrefix, checkTag, tagsOf } from './checks.js'
import type { LocalVerbs } from './local-verbs.js'
import { slotsByPrefix } from './store/prefix.js'
import type { Invalidation } from './store/removal-cause.js'

/** Empties the cache, and its namespaces. O(namespaces), unless somebody is told of what leaves. */
export function clearAll<T>(verbs: LocalVerbs<T>): void {
  verbs.checkOpen()
  const { space, engine } = verbs
  const { store } = engine
  const now = engine.clock.now()
  const isRoot = space === store.root
  if (isRoot) store.clearAll(now)
  for (const each of space.family()) {
    if (!isRoot) store.clear(each, now)
    each.watchers.allChanged('cleared')
  }
  if (!isRoot) engine.maintenance.wake()
  verbs.tell('clear')
  engine.callbacks.drain()
}

/** Removes what carries the tag. O(what carries it). */
export function deleteTagged<T>(verbs: LocalVerbs<T>, tag: string): void {
  verbs.checkOpen()
  checkTag(tag)
  dropTagged(verbs, [tag])
}

/** Removes what carries any of the tags. O(what carries them). */
export function deleteTaggedAny<T>(verbs: LocalVerbs<T>, tags: Iterable<string>): void {
  verbs.checkOpen()
  dropTagged(verbs, tagsOf(tags))
}

function dropTagged<T>(verbs: LocalVerbs<T>, tags: readonly string[]): void {
  const { space, engine } = verbs
  const now = engine.clock.now()
  for (const tag of tags) {
    for (const slot of space.tags.slotsOf(tag)) drop(verbs, slot, now, { tag })
    space.watchers.tagInvalidated(tag)
  }
  engine.callbacks.drain()
}

/** Ends the life of what carries the tag; it is kept for as long as it would have lived, and been kept. O(what carries it). */
export function expireTagged<T>(verbs: LocalVerbs<T>, tag: string): void {
  verbs.checkOpen()
  checkTag(tag)
  const { space, engine } = verbs
  const { store } = engine
  const now = engine.clock.now()
  for (const slot of space.tags.slotsOf(tag)) {
    if (store.slots.expiresAt[slot]! > now) store.expire(slot, now, { tag })
    space.watchers.changed(store.slots.keyOf(slot)!, 'expired')
  }
  space.watchers.tagInvalidated(tag)
}

/** Removes what has a key that begins with `prefix`. O(entries of the whole cache): every key is looked at. */
export function deletePrefixed<T>(verbs: LocalVerbs<T>, prefix: string): void {
  verbs.checkOpen()
  checkPrefix(prefix)
  const { space, engine } = verbs
  const now = engine.clock.now()
  for (const slot of slotsByPrefix(engine.store, space, prefix)) drop(verbs, slot, now, { prefix })
  space.watchers.prefixChanged(prefix, 'deleted')
  engine.callbacks.drain()
}

function drop<T>(verbs: LocalVerbs<T>, slot: number, now: number, by: Invalidation): void {
  const { store } = verbs.engine
  const key = store.slots.keyOf(slot)!
  if (store.slots.expiresAt[slot]! > now) return verbs.removeSlot(slot, key, now, by)
  // It was kept beyond its life, and a load may be under way that is to replace it.
  store.remove(slot, 'expired', now, by)
  verbs.space.watchers.changed(key, 'deleted')
}
