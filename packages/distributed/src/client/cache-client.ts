/** A client of one single node: the simple calls, no replication. */
import type { Duration } from '@mtaio/core'
import { CacheConnectionError } from '@mtaio/exceptions'
import type { NodeInput } from '../transport/node-address.js'
import { DistributedCache } from './distributed-cache.js'
import type { DistributedCacheOptions } from './options.js'

/** Options of `CacheClient`: those of `DistributedCache` that concern a single node. */
export type CacheClientOptions = Omit<
  DistributedCacheOptions,
  'nodes' | 'replicationFactor' | 'readQuorum' | 'writeQuorum' | 'quorum'
>

/**
 * Talks to one node, which holds the same entries in the same form as for a `DistributedCache` of the same namespace.
 *
 * @example
 * const client = new CacheClient<string>()
 * await client.connect('localhost:5000')
 * await client.set('key', 'value', '1m')
 * await client.disconnect()
 */
export class CacheClient<T> {
  private cache: DistributedCache<T> | undefined

  constructor(private readonly options: CacheClientOptions = {}) {}

  /**
   * Connects to a node, leaving another one first. @throws CacheConnectionError when it does not answer in time
   */
  async connect(address: NodeInput): Promise<void> {
    await this.disconnect()
    const cache = new DistributedCache<T>({ ...this.options, nodes: [address] })
    try {
      await cache.start()
    } catch (error) {
      await cache[Symbol.asyncDispose]()
      throw error
    }
    this.cache = cache
  }

  async disconnect(): Promise<void> {
    const { cache } = this
    this.cache = undefined
    await cache?.[Symbol.asyncDispose]()
  }

  /** The value, else `defaultValue`, else `undefined`. */
  get(key: string): Promise<T | undefined>
  get<D>(key: string, defaultValue: D): Promise<T | D>
  async get<D>(key: string, defaultValue?: D): Promise<T | D | undefined> {
    return this.connected.get(key, defaultValue as D)
  }

  /** Stores a value. `ttl`: seconds or with a unit. */
  async set(key: string, value: T, ttl?: Duration): Promise<void> {
    await this.connected.set(key, value, ttl)
  }

  /** Removes a key; whether it was there. */
  async delete(key: string): Promise<boolean> {
    return this.connected.delete(key)
  }

  /** Restarts the entry's life; `false` if absent. `ttl`: seconds or with a unit. */
  async touch(key: string, ttl?: Duration): Promise<boolean> {
    return this.connected.touch(key, ttl)
  }

  /** Empties the namespace. */
  async clear(): Promise<void> {
    await this.connected.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect()
  }

  private get connected(): DistributedCache<T> {
    if (this.cache !== undefined) return this.cache
    throw new CacheConnectionError('this client is connected to no node: await client.connect(address) first', {
      code: 'NOT_CONNECTED',
    })
  }
}
