/** Which errors say that a node is not there, rather than that it did not like the question. */
import { CacheConnectionError, CacheTimeoutError } from '@mtaio/exceptions'

export function isOutOfReach(error: unknown): boolean {
  if (error instanceof CacheTimeoutError) return true
  return error instanceof CacheConnectionError && AWAY.has(error.code)
}

/**
 * Codes that speak of the node as a whole. All others are answers: a node that refuses a value as too large, or is out of
 * memory for writes, is there all the same; and 'BUSY' is this client's own bound.
 */
const AWAY = new Set([
  'CONNECTION',
  'CLOSED',
  'PROTOCOL',
  'AUTH',
  'NOAUTH',
  'WRONGPASS',
  'LOADING',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'READONLY',
])
