/** A node's snapshots: read at the start, written now and then and at the end, one at a time. */
import { rename } from 'node:fs/promises'
import { CacheConfigError } from '@mtaio/exceptions'
import type { ByteStore } from '../byte-store.js'
import type { NodeLogger } from '../node-logger.js'
import { readSnapshot, writeSnapshot } from './snapshot-file.js'
import type { SnapshotEntry } from './snapshot-format.js'
import type { CheckedSnapshotOptions } from './snapshot-options.js'

/** Slots that are looked at before others have their turn. */
const SLOTS_AT_A_TIME = 1000

export class Snapshots {
  /** When the last one was written: epoch ms; 0 = never. */
  savedAt = 0
  lastSaveFailed = false
  isLoading = false
  private underWay: Promise<void> = Promise.resolve()

  constructor(
    private readonly options: CheckedSnapshotOptions,
    private readonly now: () => number,
    private readonly logger: NodeLogger,
  ) {}

  /**
   * Fills the store.
   *
   * @returns false where there was damage and the node is to start empty; what is in the store is then not to be used
   * @throws CacheConfigError (`code: 'SNAPSHOT_DAMAGED'`)
   */
  async load(store: ByteStore): Promise<boolean> {
    const { path, onDamaged } = this.options
    this.isLoading = true
    try {
      const now = this.now()
      const entries = await readSnapshot(path, ({ key, value, expiresAt }) => {
        if (expiresAt > now) store.set(key, value, expiresAt, now)
      })
      if (entries !== undefined) this.logger.info({ path, entries, held: store.size }, 'snapshot loaded')
      return true
    } catch (error) {
      if (!(error instanceof CacheConfigError) || onDamaged === 'fail') throw error
      await rename(path, `${path}.damaged`)
      this.logger.warn({ path, kept: `${path}.damaged`, why: error.message }, 'started without the damaged snapshot')
      return false
    } finally {
      this.isLoading = false
    }
  }

  /** Writes one when those before are done. Never rejects: what went wrong is logged, and told by INFO. */
  save(store: ByteStore): Promise<void> {
    this.underWay = this.underWay.then(async () => {
      const { path } = this.options
      try {
        const entries = await writeSnapshot(path, this.batches(store))
        this.savedAt = this.now()
        this.lastSaveFailed = false
        this.logger.info({ path, entries }, 'snapshot written')
      } catch (error) {
        this.lastSaveFailed = true
        this.logger.error({ path, why: error instanceof Error ? error.message : String(error) }, 'snapshot not written')
      }
    })
    return this.underWay
  }

  /** Entries as they are when their turn comes: each whole, all that were there from the first to the last among them. */
  private *batches(store: ByteStore): Generator<SnapshotEntry[]> {
    let cursor = 0
    do {
      const now = this.now()
      const keys: Uint8Array[] = []
      cursor = store.scan(cursor, SLOTS_AT_A_TIME, now, (key) => keys.push(key.slice()))
      yield keys.flatMap((key) => {
        const value = store.peek(key, now)
        return value === undefined ? [] : [{ key, value: value.slice(), expiresAt: store.expiryOf(key, now)! }]
      })
    } while (cursor !== 0)
  }
}
