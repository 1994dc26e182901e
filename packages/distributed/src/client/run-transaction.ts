/** The callback form of a transaction over nodes: run again after a conflict, after a wait that grows and is never the same. */
import type { Transaction, TransactionOptions } from '@mtaio/core'
import { runAsync } from '@mtaio/core/engine'
import type { ClusterParts } from '../coordinator/cluster-parts.js'
import { backoffDelay } from '../health/backoff.js'
import type { DistributedTransaction } from './distributed-transaction.js'

/** Waits before another attempt, ms. */
const RETRY = { base: 4, cap: 200 }

export function runTransaction<T, R>(
  { clock, random }: Pick<ClusterParts, 'clock' | 'random'>,
  open: () => DistributedTransaction<T>,
  body: (txn: Transaction<T>) => R | Promise<R>,
  options: TransactionOptions | undefined,
): Promise<R> {
  const pause = (attempt: number) =>
    new Promise<void>((resolve) => clock.setTimer(resolve, backoffDelay(attempt - 1, RETRY, random)))
  return runAsync(open, body, options, pause)
}
