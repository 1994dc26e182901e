/** What one client has queued since MULTI, and the keys that it watches. Bounded. Knows no command. */
import { PART_BYTES } from '../resp/limits.js'
import type { Watcher, WatchTable } from './watch-table.js'

export const MAX_QUEUED_COMMANDS = 16_384
export const MAX_QUEUED_BYTES = 64 * 1024 * 1024
export const MAX_WATCHED_KEYS = 16_384
export const MAX_WATCHED_BYTES = 4 * 1024 * 1024

type Command = readonly Uint8Array[]

export class Transaction implements Watcher {
  /** Whether a watched key has changed. */
  changed = false
  private queue: Command[] | undefined
  private queuedBytes = 0
  private spoiled = false
  private readonly watched = new Map<string, Uint8Array>()
  private watchedBytes = 0

  get isOpen(): boolean {
    return this.queue !== undefined
  }

  get queued(): readonly Command[] {
    return this.queue ?? []
  }

  /** Commands queued; -1 outside of a transaction. */
  get length(): number {
    return this.queue?.length ?? -1
  }

  /** What the queue takes. */
  get bytes(): number {
    return this.isOpen ? this.queuedBytes : 0
  }

  /** What queue and watched keys take. */
  get held(): number {
    return this.bytes + this.watchedBytes
  }

  get watchedKeys(): Iterable<Uint8Array> {
    return this.watched.values()
  }

  open(): void {
    this.queue = []
    this.queuedBytes = 0
    this.spoiled = false
  }

  /** False when there is no room left. */
  add(command: Command): boolean {
    let bytes = 0
    for (const part of command) bytes += part.length + PART_BYTES
    const queue = this.queue!
    const fits = queue.length === 0 || this.queuedBytes + bytes <= MAX_QUEUED_BYTES
    if (!fits || queue.length >= MAX_QUEUED_COMMANDS) return false
    queue.push(command)
    this.queuedBytes += bytes
    return true
  }

  /** What was asked for cannot be done, so that nothing of it is to be done. */
  spoil(): void {
    this.spoiled = true
  }

  /** Ends the transaction and answers what was queued, `'spoiled'` when it must not run. */
  close(): readonly Command[] | 'spoiled' {
    const queue = this.spoiled ? 'spoiled' : (this.queue ?? [])
    this.queue = undefined
    return queue
  }

  /** False when there is no room left. */
  watch(name: string, key: Uint8Array, table: WatchTable): boolean {
    if (this.watched.has(name)) return true
    const bytes = key.length + PART_BYTES
    if (this.watched.size >= MAX_WATCHED_KEYS || this.watchedBytes + bytes > MAX_WATCHED_BYTES) return false
    this.watched.set(name, key)
    this.watchedBytes += bytes
    table.watch(name, this)
    return true
  }

  unwatch(table: WatchTable): void {
    for (const name of this.watched.keys()) table.unwatch(name, this)
    this.watched.clear()
    this.watchedBytes = 0
    this.changed = false
  }

  /** As if the client were new. */
  reset(table: WatchTable): void {
    this.queue = undefined
    this.unwatch(table)
  }
}
