/** The asynchronous face of a local transaction: awaits hooks, nothing else. */
import type { Duration, Entries, SetOptions, Transaction } from '../cache.js'
import { checkValue } from '../checks.js'
import { type Hooks, replaced } from '../hooks.js'
import type { LocalVerbs } from '../local-verbs.js'
import { LocalTransaction } from './local-transaction.js'

export class AsyncTransaction<T> implements Transaction<T> {
  private readonly txn: LocalTransaction<T>

  constructor(
    private readonly verbs: LocalVerbs<T>,
    private readonly hooks: Hooks<T>,
  ) {
    this.txn = new LocalTransaction(verbs, {})
  }

  get(key: string): Promise<T | undefined>
  get<D>(key: string, defaultValue: D): Promise<T | D>
  async get<D>(key: string, defaultValue?: D): Promise<T | D | undefined> {
    const raw = this.txn.read(key)
    const value = this.hooks.postGet === undefined ? raw : await this.hooks.postGet(key, raw)
    return value === undefined ? defaultValue : value
  }

  getMany(keys: Iterable<string>): Promise<Map<string, T | undefined>>
  getMany<D>(keys: Iterable<string>, defaultValue: D): Promise<Map<string, T | D>>
  async getMany<D>(keys: Iterable<string>, defaultValue?: D): Promise<Map<string, T | D | undefined>> {
    const found = new Map<string, T | D | undefined>()
    for (const key of this.verbs.checkKeys(keys)) found.set(key, await this.get(key, defaultValue))
    return found
  }

  async has(key: string): Promise<boolean> {
    return this.txn.has(key)
  }

  async set(key: string, value: T, ttl?: Duration | SetOptions): Promise<void> {
    this.txn.check(key)
    checkValue(key, value)
    const { preSet } = this.hooks
    this.txn.stage(key, preSet === undefined ? value : replaced(value, await preSet(key, value)), ttl)
  }

  async setMany(entries: Entries<T>, ttl?: Duration | SetOptions): Promise<void> {
    for (const [key, value] of this.verbs.checkPairs(entries, ttl)) await this.set(key, value, ttl)
  }

  async delete(key: string): Promise<boolean> {
    return this.txn.delete(key)
  }

  async touch(key: string, ttl?: Duration): Promise<boolean> {
    return this.txn.touch(key, ttl)
  }

  async commit(): Promise<void> {
    this.txn.commit()
  }

  async rollback(): Promise<void> {
    this.txn.rollback()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.txn.rollback()
  }

  get isEnded(): boolean {
    return this.txn.isEnded
  }
}
