/** The callback forms of a transaction: commit on return, roll back on a throw, run again on a conflict. */
import { CacheConfigError, CacheTransactionError } from '@mtaio/exceptions'
import type { TransactionOptions } from '../cache.js'
import { checkInteger, checkKnownOptions } from '../checks.js'

/** What can be ended; asynchronously where the answers are promises. */
interface Endable<Done> {
  readonly isEnded: boolean
  commit(): Done
  rollback(): Done
}

/** Runs `body` in a synchronous transaction; see `Cache.transaction`. */
export function runSync<Txn extends Endable<void>, R>(
  open: () => Txn,
  body: (txn: Txn) => R,
  options?: TransactionOptions,
): R {
  const attempts = attemptsOf(options)
  for (let attempt = 1; ; attempt++) {
    const txn = open()
    try {
      const result = body(txn)
      if (typeof (result as { then?: unknown } | undefined)?.then === 'function') {
        Promise.resolve(result).catch(() => undefined)
        throw new CacheConfigError(
          'the body of a synchronous transaction returned a promise: use cache.transaction instead of cache.sync.transaction',
        )
      }
      if (!txn.isEnded) txn.commit()
      return result
    } catch (error) {
      txn.rollback()
      if (attempt === attempts || !isConflict(error)) throw error
    }
  }
}

/** Runs `body` in an asynchronous transaction; see `Cache.transaction`. `pause`: the wait before it is run again. */
export async function runAsync<Txn extends Endable<Promise<void>>, R>(
  open: () => Txn,
  body: (txn: Txn) => R | Promise<R>,
  options?: TransactionOptions,
  pause?: (attempt: number) => Promise<void>,
): Promise<R> {
  const attempts = attemptsOf(options)
  for (let attempt = 1; ; attempt++) {
    const txn = open()
    try {
      const result = await body(txn)
      if (!txn.isEnded) await txn.commit()
      return result
    } catch (error) {
      await txn.rollback()
      if (attempt === attempts || !isConflict(error)) throw error
      await pause?.(attempt)
    }
  }
}

function attemptsOf(options: TransactionOptions | undefined): number {
  if (options === undefined) return 1
  checkKnownOptions(options, ['retries'], 'transaction')
  return 1 + (options.retries === undefined ? 0 : checkInteger(options.retries, 'retries', 0))
}

function isConflict(error: unknown): boolean {
  return error instanceof CacheTransactionError && error.code === 'CONFLICT'
}
