/** Where the keys of one namespace lie on the nodes, and which registers rule over them. Pure names. */
import { checkKey, checkNamespaceName } from '@mtaio/core/engine'
import { CacheConfigError, CacheKeyError } from '@mtaio/exceptions'
import { isWellFormed } from '../codec/plain-values.js'
import { clearedRegister, staleRegister, tagRegister } from '../coordinator/register.js'
import { placementKey } from '../placement/placement.js'

const MAX_KEY_BYTES = 65_536

export class Keyspace {
  /** Registers that kill every record older than they are: this namespace's and those above it. */
  readonly registers: readonly string[]

  constructor(
    readonly path: string,
    above: readonly string[] = [],
  ) {
    this.registers = [...above, clearedRegister(path)]
  }

  /** The namespace of that name within this one. */
  child(name: string): Keyspace {
    return new Keyspace(`${this.path}/${checkName(name)}`, this.registers)
  }

  /** The key on the nodes. Injective: a path contains no `:`. @throws CacheKeyError for a key that cannot be one */
  physical(key: string): string {
    checkKey(key)
    if (key.length * 3 > MAX_KEY_BYTES && new TextEncoder().encode(key).length > MAX_KEY_BYTES) {
      throw new CacheKeyError(`a key of a distributed cache has at most ${MAX_KEY_BYTES} bytes: hash long keys first`, {
        key,
      })
    }
    if (!isWellFormed(key)) {
      throw new CacheKeyError(
        'a key of a distributed cache must be well-formed Unicode: it has half of a surrogate pair',
        { key },
      )
    }
    return `${this.path}:${key}`
  }

  /** The user's key of a physical one, or `undefined` when it is not of this namespace. */
  nameOf(physical: string): string | undefined {
    const prefix = `${this.path}:`
    return physical.startsWith(prefix) ? physical.slice(prefix.length) : undefined
  }

  tagRegister(tag: string): string {
    return tagRegister(this.path, tag)
  }

  staleRegister(tag: string): string {
    return staleRegister(this.path, tag)
  }

  /** Where replicas keep what they need to know of transactions on keys that are placed as `key` is. */
  group(key: string): string {
    // In the hash slot of the keys, for a node that is a Redis Cluster.
    const tag = placementKey(key)
    return `!txn:${this.path}:{${tag === key ? this.physical(key) : tag}}`
  }

  /** Where clients say that they load a key. */
  lease(key: string): string {
    return `!lease:${this.physical(key)}`
  }

  /** A glob for SCAN that matches this namespace's keys. */
  get pattern(): string {
    return `${this.path.replace(/[\\*?[\]^-]/g, '\\$&')}:*`
  }
}

/** @throws CacheConfigError unless it can stand before keys on the nodes */
export function checkName(name: unknown): string {
  checkNamespaceName(name)
  if (isWellFormed(name)) return name
  throw new CacheConfigError(
    "a distributed cache's namespace must be well-formed Unicode: it has half of a surrogate pair",
  )
}
