/** What a local cache tells its listeners, by event: the arguments of each. */
export type CacheEvents<T> = {
  /** A read found a live entry. */
  hit: [key: string, value: T]
  /** A read found none. */
  miss: [key: string]
  /** A value was stored. */
  set: [key: string, value: T]
  /** An entry was removed because somebody asked for it. */
  delete: [key: string]
  /** An entry left for size. */
  evict: [key: string, value: T]
  /** An entry left for time; told when it is noticed, at a read or a sweep. */
  expire: [key: string, value: T]
  /** The cache, or this namespace of it, was emptied. */
  clear: []
  /** A loader answered; its value was stored unless the key was changed meanwhile. */
  load: [key: string, value: T]
  /** A callback of the user's failed. Without a listener it becomes one process warning. */
  error: [error: unknown]
}
