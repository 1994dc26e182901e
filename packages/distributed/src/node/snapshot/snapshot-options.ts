/** Where and when a node writes its entries to disk, checked. */
import type { Duration } from '@mtaio/core'
import { checkKnownOptions, parseDuration } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'

export interface NodeSnapshotOptions {
  /** The file. It is read when the node starts, and written when it stops. */
  readonly path: string
  /** How often it is written besides: seconds, or `'5m'`. @defaultValue only when the node stops */
  readonly every?: Duration | undefined
  /**
   * What to do where the file is there and damaged: refuse to start, or begin without entries and leave the file beside
   * as `<path>.damaged`.
   *
   * @defaultValue 'fail'
   */
  readonly onDamaged?: 'fail' | 'start-empty' | undefined
}

export interface CheckedSnapshotOptions {
  readonly path: string
  /** ms. */
  readonly every: number | undefined
  readonly onDamaged: 'fail' | 'start-empty'
}

const KNOWN = ['path', 'every', 'onDamaged'] as const

/** @throws CacheConfigError naming what is out of contract */
export function checkSnapshot(given: NodeSnapshotOptions | undefined): CheckedSnapshotOptions | undefined {
  if (given === undefined) return undefined
  if (typeof given !== 'object' || given === null) throw new CacheConfigError('snapshot must be an object: { path }')
  checkKnownOptions(given, KNOWN, 'snapshot')
  const { path, every, onDamaged = 'fail' } = given
  if (typeof path !== 'string' || path === '') throw new CacheConfigError('snapshot.path must name a file')
  if (onDamaged !== 'fail' && onDamaged !== 'start-empty') {
    throw new CacheConfigError(`snapshot.onDamaged must be 'fail' or 'start-empty', not ${JSON.stringify(onDamaged)}`)
  }
  return { path, every: every === undefined ? undefined : parseDuration(every, 'snapshot.every'), onDamaged }
}
