/** What is measured of a contender, and how an operation says so. */
import type { KeyShape } from '../measure/keys.js'
import type { AsyncFace, Contender, LoadingFace, SyncFace } from './contender.js'
import { VALUES, type Workload } from './workload.js'

/** Numbers by name. Of a timed operation: by the clock `ns` a call; `cpuNs` a call of the
 * processors' time, which counts the collector's threads and not the waiting for other processes; and `proof`, unless
 * that took too long. */
export type Measurement = Record<string, number>

interface Described {
  /** As `--only` and the results have it. */
  readonly name: string
  /** A column's head. */
  readonly title: string
  /** Whether the contender can take part. */
  fits(contender: Contender): boolean
}

/** A piece of work that is repeated and timed. */
export interface TimedOperation extends Described {
  readonly kind: 'timed'
  /** The table that it stands in. */
  readonly table: 'sync' | 'async' | 'getOrSet'
  readonly keys: KeyShape
  /** What the proof is for a cache whose policy is exact; `undefined`: only that all of one policy agree. */
  readonly proof: number | undefined
  prepare(contender: Contender, workload: Workload): Prepared | Promise<Prepared>
}

export interface Prepared {
  /** Does `CALLS` calls and goes on where the last pass ended. */
  pass(): void | Promise<void>
  /** How many first passes, untimed, the proof is drawn from. */
  readonly proofPasses: number
  /** A number that says whether the cache did its part in them. */
  proof(): number | Promise<number>
}

/** A single long measurement, alone in its process. */
export interface LoneOperation extends Described {
  readonly kind: 'lone'
  /** The measurement's numbers: what each is called in the table, and its unit. */
  readonly columns: Record<string, string>
  measure(contender: Contender, workload: Workload, quick: boolean): Promise<Measurement>
}

export type Operation = TimedOperation | LoneOperation

export const hasSync = (contender: Contender): boolean => contender.sync !== undefined
export const evicts = (contender: Contender): boolean => contender.eviction !== 'none'

let consumed = 0

/** Where results go, so that no call is optimised away for want of a use. */
export function consume(result: number): void {
  consumed = (consumed + result) % 1_000_000_007
}

/** The sum of all that was consumed. */
export function checksum(): number {
  return consumed
}

/** Stores a value under each key: `values[i % VALUES]` under `keys[i]`. */
export function fill(cache: SyncFace, keys: readonly string[], workload: Workload): void {
  const values = workload.values()
  for (let index = 0; index < keys.length; index++) cache.set(keys[index]!, values[index % VALUES]!)
}

/** `fill` for a cache that answers later. */
export async function fillAsync(cache: AsyncFace, keys: readonly string[], workload: Workload): Promise<void> {
  const values = workload.values()
  for (let index = 0; index < keys.length; index++) await cache.set(keys[index]!, values[index % VALUES]!)
}

/** Has every key loaded, once. */
export async function fillLoading(cache: LoadingFace, keys: readonly string[]): Promise<void> {
  for (const key of keys) consume((await cache.getOrSet(key)).id)
}
