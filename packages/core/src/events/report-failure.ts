/** Where the failures of users' callbacks go when nobody listens for them. Knows no cache. */
import { formatException } from '@mtaio/exceptions'

/** What is asked of the host; in Node it is there, in a browser it may not be. */
interface Host {
  process?: { emitWarning?: (message: string, type: string) => void }
  console?: { warn?: (message: string) => void }
}

/**
 * Tells of a failure that has no other way out, as one process warning (type `MTAIOWarning`), else by `console.warn`.
 * Never throws, whatever `error` is.
 *
 * @param where - what failed, such as `a listener of 'evict'`
 */
export function reportFailure(error: unknown, where: string): void {
  try {
    const message = `${where} failed: ${formatException(error)}`
    const host = globalThis as Host
    if (typeof host.process?.emitWarning === 'function') host.process.emitWarning(message, 'MTAIOWarning')
    else host.console?.warn?.(message)
  } catch {
    // An error that cannot even be rendered (a getter that throws), or a host that refuses to be told: there is nobody left.
  }
}
