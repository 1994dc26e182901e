/** What one call may use up and asks for: time, how many replicas, and whether its caller still waits. */
import type { Clock } from '@mtaio/core'
import type { Quorums } from '../quorum/quorum-rule.js'
import type { SendOptions } from '../transport/replica-transport.js'

/** Given to the transport with every command of the call. */
export interface Budget extends SendOptions {
  readonly quorums: Quorums
  /**
   * The caller's. Looked at between rounds only: whoever leaves early leaves at once, while what is under way comes to its end
   * behind his back, so that replicas do not stay apart.
   */
  readonly caller?: AbortSignal | undefined
}

/** The outcome of `run`, or the signal's reason as soon as it aborts. One listener, gone when it is settled. */
export function abortable<R>(signal: AbortSignal | undefined, run: () => Promise<R>): Promise<R> {
  if (signal === undefined) return run()
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise<R>((resolve, reject) => {
    const leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    run()
      .finally(() => signal.removeEventListener('abort', leave))
      .then(resolve, reject)
  })
}

/** Waits, unless the call would be over by then or its caller has left. Whether there is time to go on. */
export async function pause(clock: Required<Clock>, ms: number, { deadline, caller }: Budget): Promise<boolean> {
  if (clock.now() + ms >= deadline) return false
  await new Promise<void>((resolve) => clock.setTimer(resolve, ms))
  return !caller?.aborted
}
