/** Errors as text for people and logs, and foreign errors as ours. Knows no cache. */
import type { MTAIOError, MTAIOErrorOptions } from './mtaio-error.js'

const MAX_CAUSES = 8

/**
 * Renders an error and its causes, one line each, without stacks: `CacheQuorumError [QUORUM]: message`, then
 * `  caused by …`. Takes any value; follows at most 8 causes, so a circular chain ends.
 */
export function formatException(error: unknown): string {
  const lines = [headline(error)]
  let cause = causeOf(error)
  for (let depth = 0; cause !== undefined && depth < MAX_CAUSES; depth++) {
    lines.push(`  caused by ${headline(cause)}`)
    cause = causeOf(cause)
  }
  return lines.join('\n')
}

/**
 * Wraps any thrown value in an error of `type`, keeping it as `cause`. An error that already is of that type is
 * returned as it is, so wrapping twice adds nothing.
 *
 * @param message - defaults to the original's message
 */
export function wrapException<E extends MTAIOError>(
  error: unknown,
  type: new (message: string, options?: MTAIOErrorOptions) => E,
  message?: string,
): E {
  if (error instanceof type && message === undefined) return error
  return new type(message ?? messageOf(error), { cause: error })
}

function headline(error: unknown): string {
  if (!(error instanceof Error)) return messageOf(error)
  const code = (error as { code?: unknown }).code
  return `${error.name}${typeof code === 'string' ? ` [${code}]` : ''}: ${error.message}`
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message
  try {
    return String(error)
  } catch {
    return Object.prototype.toString.call(error)
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}
