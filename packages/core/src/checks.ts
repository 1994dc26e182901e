/**
 * What users pass in is refused here, at the door, by a typed error that names it and the way out. Knows the contract's
 * limits (keys, values, tags, options); knows no cache and no default.
 */
import { CacheConfigError, CacheKeyError, CacheValueError } from '@mtaio/exceptions'
import type { Duration, Entries, SetOptions } from './cache.js'
import { parseDuration } from './expiry/duration.js'
import { nearestName } from './nearest-name.js'
import { quoted } from './quoted.js'

/** @throws CacheKeyError unless `key` is a non-empty string; its content is free */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key === 'string' && key !== '') return
  throw new CacheKeyError(`a key must be a non-empty string, not ${quoted(key)}`)
}

/** @throws CacheValueError for `undefined`, the only value that cannot be stored: it is what absence answers */
export function checkValue(key: string, value: unknown): void {
  if (value !== undefined) return
  throw new CacheValueError(`undefined cannot be stored, under the key ${quoted(key)}: store null, or delete the key`, {
    key,
  })
}

/** The tags without repetition, in a copy of their own. @throws CacheConfigError unless an array of non-empty strings */
export function checkTags(tags: unknown): readonly string[] {
  if (!Array.isArray(tags)) {
    throw new CacheConfigError(`tags must be an array of non-empty strings, not ${quoted(tags)}`)
  }
  // Not `every`, which passes over the holes of a sparse array.
  for (const tag of tags) checkTag(tag)
  return [...new Set<string>(tags)]
}

/** @throws CacheConfigError unless a non-empty string */
export function checkTag(tag: unknown): asserts tag is string {
  if (typeof tag === 'string' && tag !== '') return
  throw new CacheConfigError(`a tag must be a non-empty string, not ${quoted(tag)}`)
}

/** The tags without repetition. @throws CacheConfigError unless an iterable of non-empty strings; a string is refused, too */
export function tagsOf(tags: Iterable<string>): readonly string[] {
  if (isIterable(tags)) return checkTags([...tags])
  throw new CacheConfigError(`tags must be an iterable of strings, such as ['a', 'b'], not ${quoted(tags)}`)
}

/** @throws CacheKeyError unless a non-empty string */
export function checkPrefix(prefix: unknown): asserts prefix is string {
  if (typeof prefix === 'string' && prefix !== '') return
  const way = prefix === '' ? ': to delete every key, use clear()' : ''
  throw new CacheKeyError(`a prefix must be a non-empty string, not ${quoted(prefix)}${way}`)
}

/** @throws CacheConfigError unless a finite number above zero */
export function checkWeight(weight: unknown, name: string): number {
  if (typeof weight === 'number' && weight > 0 && weight < Number.POSITIVE_INFINITY) return weight
  throw new CacheConfigError(`${name} must be a finite number above 0, not ${quoted(weight)}`)
}

/** How an entry is to be stored, checked. */
export interface CheckedSetOptions {
  /** Milliseconds; `Infinity` = never expires. */
  readonly ttlMs: number
  /** At least one, or `undefined`. */
  readonly tags: readonly string[] | undefined
  readonly weight: number | undefined
}

const SET_OPTIONS: readonly (keyof SetOptions)[] = ['ttl', 'tags', 'weight']

/** The third argument of `set`: nothing, a duration, or options. @throws CacheConfigError naming what is out of contract */
export function checkSetOptions(ttl: Duration | SetOptions | undefined, defaultTtlMs: number): CheckedSetOptions {
  if (ttl === undefined) return { ttlMs: defaultTtlMs, tags: undefined, weight: undefined }
  if (!isRecord(ttl)) return { ttlMs: parseDuration(ttl, 'ttl'), tags: undefined, weight: undefined }
  checkKnownOptions(ttl, SET_OPTIONS, 'set')
  const tags = ttl.tags === undefined ? undefined : checkTags(ttl.tags)
  return {
    ttlMs: ttl.ttl === undefined ? defaultTtlMs : parseDuration(ttl.ttl, 'ttl'),
    tags: tags !== undefined && tags.length > 0 ? tags : undefined,
    weight: ttl.weight === undefined ? undefined : checkWeight(ttl.weight, 'weight'),
  }
}

/** @throws CacheConfigError unless a non-empty string free of `/` and `:`, which separate names and keys on the wire */
export function checkNamespaceName(name: unknown): asserts name is string {
  if (typeof name === 'string' && name !== '' && !/[/:]/.test(name)) return
  throw new CacheConfigError(`a namespace's name must be a non-empty string without '/' and ':', not ${quoted(name)}`)
}

/**
 * Refuses a misspelt option instead of ignoring it.
 *
 * @param what - whose options these are, for the message
 * @throws CacheConfigError naming the unknown option and the nearest known one; also when `options` is no object
 */
export function checkKnownOptions(options: unknown, known: readonly string[], what: string): void {
  if (!isRecord(options)) throw new CacheConfigError(`${what} takes an object of options, not ${quoted(options)}`)
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const nearest = nearestName(name, known)
    const advice =
      nearest === undefined ? `the options are ${known.join(', ') || 'none'}` : `did you mean ${quoted(nearest)}?`
    throw new CacheConfigError(`${what} has no option ${quoted(name)}: ${advice}`)
  }
}

/** @throws CacheConfigError unless an integer from `min` to `max` */
export function checkInteger(value: unknown, name: string, min: number, max: number = Number.MAX_SAFE_INTEGER): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  throw new CacheConfigError(`${name} must be an integer ${range}, not ${quoted(value)}`)
}

/**
 * The pairs of a record, a `Map` or any iterable of pairs. Keys and values are the caller's to check. An iterable is
 * read once, lazily.
 *
 * @throws CacheConfigError when it is none of these; while iterating, when an element is no pair
 */
export function pairsOf<T>(entries: Entries<T>): Iterable<readonly [string, T]> {
  if (entries instanceof Map) return entries
  if (isIterable(entries)) return checkedPairs(entries)
  if (isRecord(entries)) return Object.entries(entries as Readonly<Record<string, T>>)
  throw new CacheConfigError(`entries must be a record, a Map or an iterable of pairs, not ${quoted(entries)}`)
}

/**
 * The keys in an array of their own, checked, in order, repetitions kept.
 *
 * @throws CacheKeyError unless an iterable of keys; a string, though iterable, is taken for a forgotten bracket;
 *   and when one of them is no key
 */
export function keysOf(keys: Iterable<string>): string[] {
  if (!isIterable(keys)) {
    throw new CacheKeyError(`keys must be an iterable of strings, such as ['a', 'b'], not ${quoted(keys)}`)
  }
  const checked: string[] = []
  for (const key of keys) {
    checkKey(key)
    checked.push(key)
  }
  return checked
}

function* checkedPairs<T>(entries: Iterable<unknown>): Iterable<readonly [string, T]> {
  for (const pair of entries) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new CacheConfigError(`entries must hold pairs of key and value, not ${quoted(pair)}`)
    }
    yield pair as unknown as readonly [string, T]
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, Symbol.iterator) === 'function'
}

// By its tag and not its prototype, so that objects of another realm (a vm context, a test runner's) are known too;
// arrays, dates, maps and promises are not records.
function isRecord(value: unknown): value is object & SetOptions {
  return typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object Object]'
}
