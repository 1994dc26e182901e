/**
 * What is asked: a library behind the calls that a probe needs. A library has those calls that its documentation has; a
 * probe that needs another is left out for it. Adapters only forward, with the library's default settings.
 */
import type { FakeTime } from './fake-time.js'

type Awaitable<T> = T | Promise<T>

/** What a probe may ask of a cache when it is made. All else is the library's default. */
export interface Wishes {
  /** Entries at most. */
  readonly max?: number
  /** The default TTL, in the library's own unit. */
  readonly ttl?: number
  /** Told of entries that leave by themselves; the reason where the library tells one. */
  readonly onRemoved?: (key: string, reason: string | undefined) => void
}

/** A cache, by the calls it has. Each may be synchronous or not, as the library has it. */
export interface Subject {
  get?(key: string): unknown
  /** @param ttl - in the library's own unit */
  set?(key: string, value: unknown, ttl?: number): unknown
  delete?(key: string): unknown
  clear?(): unknown
  has?(key: string): unknown
  size?(): Awaitable<number>
  keys?(): Awaitable<Iterable<string> | AsyncIterable<string>>
  getOrSet?(key: string, load: () => unknown): unknown
  close?(): Awaitable<unknown>
}

export type Memoized = (...args: unknown[]) => unknown

/** Both layers of a cache that has two, the second being a plain store in this process. */
export interface Layered {
  readonly cache: Subject
  /** Puts a value into the second layer alone. */
  fillSecond(key: string, value: unknown): Awaitable<unknown>
}

export interface Library {
  /** As the table has it. */
  readonly name: string
  /** The npm packages, the one asked first. */
  readonly packages: readonly string[]
  /** What a number for a TTL means by the documentation. */
  readonly unit?: 's' | 'ms'
  /** Whether a `set` takes a TTL or only the cache as a whole; absent where there is none. */
  readonly ttl?: 'set' | 'cache'
  /** What a reader of the table must know. */
  readonly note?: string
  /** Whether it tells of entries that leave by themselves. */
  readonly removals?: true
  /** Whether what it memoizes takes one argument only. */
  readonly oneArgument?: true
  open?(wishes: Wishes, time: FakeTime | undefined): Awaitable<Subject>
  /** One function, cached by its arguments. */
  memoize?(fn: Memoized): Awaitable<Memoized>
  /** Two functions cached in one cache, where a cache can take several. */
  memoizeBoth?(one: Memoized, other: Memoized): Awaitable<readonly [Memoized, Memoized]>
  /** A cache over a store whose every call rejects from when `fail` is called. */
  failing?(): Awaitable<{ readonly cache: Subject; fail(): Awaitable<unknown> }>
  /** A cache that asks its two layers at once. */
  layered?(): Awaitable<Layered>
  /** As {@link layered}, but every call of the second layer rejects. */
  layeredFailing?(): Awaitable<Subject>
  /** A cache with a listener to an event of each `set`. */
  listening?(listener: () => void): Awaitable<Subject>
}
