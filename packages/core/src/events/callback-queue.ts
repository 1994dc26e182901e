/**
 * Users' callbacks, waiting until the operation that caused them is over. They run in order and never inside one
 * another, so a callback may call the cache and finds it whole. Knows neither caches nor what the callbacks say.
 */
import { CacheError } from '@mtaio/exceptions'
import { asPromise } from './as-promise.js'
import { reportFailure } from './report-failure.js'

// A callback that causes itself (an `onEvicted` that stores again in a full cache) would otherwise hold the process for
// ever. No sound use comes near this many within one operation.
const MAX_NESTED_CALLS = 100_000

/** Asynchronous callbacks that began between two flushes. */
interface Batch {
  running: number
  ended: (() => void) | undefined
}

export class CallbackQueue {
  private waiting: (() => unknown)[] = []
  private draining = false
  private batch: Batch = { running: 0, ended: undefined }
  /** Settled when all batches before the present one have ended. */
  private earlier: Promise<void> = Promise.resolve()

  /** @param onError - told of each callback that threw or rejected */
  constructor(private readonly onError: (error: unknown) => void) {}

  /** Leaves a call waiting for the next `drain`. */
  push(call: () => unknown): void {
    this.waiting.push(call)
  }

  /**
   * Runs what waits and what comes to wait meanwhile, in order. Called from inside a callback it returns at once: the
   * drain under way goes on to the new ones. Never throws. Callbacks that cause callbacks without end are reported, and
   * what is left waits for the next drain.
   */
  drain(): void {
    if (this.draining || this.waiting.length === 0) return
    this.draining = true
    let nested = 0
    do {
      const calls = this.waiting
      this.waiting = []
      for (const call of calls) this.run(call)
      nested += this.waiting.length
    } while (this.waiting.length > 0 && nested <= MAX_NESTED_CALLS)
    this.draining = false
    if (this.waiting.length > 0) {
      this.failed(
        new CacheError(
          `callbacks caused more than ${MAX_NESTED_CALLS} further callbacks within one operation: ` +
            'does one store entries again whenever it is told that one has left?',
          { code: 'CALLBACK_LOOP' },
        ),
      )
    }
  }

  /**
   * Drains, and resolves when every asynchronous callback begun until now has ended, well or not; it does not wait for
   * those that begin later. An asynchronous callback must not await it: it would wait for itself.
   */
  flush(): Promise<void> {
    // Inside a callback: what waits is run by the drain under way, which ends before the next microtask.
    if (this.draining) return Promise.resolve().then(() => this.flush())
    this.drain()
    const { batch } = this
    if (batch.running > 0) {
      this.batch = { running: 0, ended: undefined }
      const ended = new Promise<void>((resolve) => {
        batch.ended = resolve
      })
      this.earlier = this.earlier.then(() => ended)
    }
    return this.earlier
  }

  private run(call: () => unknown): void {
    try {
      const answer = asPromise(call())
      if (answer !== undefined) this.follow(answer)
    } catch (error) {
      this.failed(error)
    }
  }

  private follow(answer: Promise<unknown>): void {
    const { batch } = this
    batch.running++
    const end = () => {
      batch.running--
      if (batch.running === 0) batch.ended?.()
    }
    answer.then(end, (error) => {
      this.failed(error)
      end()
    })
  }

  private failed(error: unknown): void {
    try {
      this.onError(error)
    } catch (second) {
      reportFailure(second, 'the handler of callback failures')
    }
  }
}
