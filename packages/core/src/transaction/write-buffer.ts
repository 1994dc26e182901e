/** A transaction's own writes, laid over what stands outside. Pure: knows neither a cache, time nor who commits. */

/** How a staged value is to be stored. */
export interface StagedOptions {
  /** Milliseconds; `Infinity` = never expires. */
  readonly ttlMs: number
  readonly tags: readonly string[] | undefined
  readonly weight: number | undefined
}

/** What commit is to do with one key. */
export type Write<T> =
  | ({ readonly kind: 'set'; readonly value: T } & StagedOptions)
  | { readonly kind: 'delete' }
  | { readonly kind: 'touch'; readonly ttlMs: number }

/**
 * One write a key, the sum of what was staged for it: a later set or delete replaces, a touch restarts the life of a
 * staged set and leaves a staged delete as it is.
 */
export class WriteBuffer<T> {
  private readonly byKey = new Map<string, Write<T>>()

  stageSet(key: string, value: T, { ttlMs, tags, weight }: StagedOptions): void {
    this.stage(key, { kind: 'set', value, ttlMs, tags, weight })
  }

  stageDelete(key: string): void {
    this.stage(key, { kind: 'delete' })
  }

  /** Whether the key is there to be touched is the caller's to know; see `view`. */
  stageTouch(key: string, ttlMs: number): void {
    const staged = this.byKey.get(key)
    if (staged === undefined || staged.kind === 'touch') this.stage(key, { kind: 'touch', ttlMs })
    else if (staged.kind === 'set') this.stage(key, { ...staged, ttlMs })
  }

  /** What the transaction sees of `key`, given what stands outside (`undefined` = absent). */
  view(key: string, outside: T | undefined): T | undefined {
    const staged = this.byKey.get(key)
    if (staged?.kind === 'set') return staged.value
    return staged?.kind === 'delete' ? undefined : outside
  }

  /** Whether `view` needs nothing from outside: the key was set or deleted here. */
  knows(key: string): boolean {
    const staged = this.byKey.get(key)
    return staged !== undefined && staged.kind !== 'touch'
  }

  /** One write a key, in the order in which the keys were last staged. */
  writes(): Iterable<[key: string, write: Write<T>]> {
    return this.byKey.entries()
  }

  /** How many keys are written. */
  get size(): number {
    return this.byKey.size
  }

  clear(): void {
    this.byKey.clear()
  }

  private stage(key: string, write: Write<T>): void {
    // A map keeps a key's first place; commit is to happen in the order of the last word on each.
    this.byKey.delete(key)
    this.byKey.set(key, write)
  }
}
