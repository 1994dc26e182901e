/**
 * How a value leaves a loader without being stored: thrown, so that the cache treats the load as failed and still
 * hands it to every caller who shares the load. Not an Error: nobody sees it, and a stack would cost more than a read.
 */
const BRAND = Symbol.for('@mtaio/decorators/Uncached')

export class Uncached<T> {
  // By a registered symbol, for a load can be shared with the function of another copy of this package.
  readonly [BRAND] = true

  constructor(readonly value: T) {}
}

/** Whether something thrown is a value on its way out. */
export function isUncached<T>(thrown: unknown): thrown is Uncached<T> {
  return typeof thrown === 'object' && thrown !== null && (thrown as Record<symbol, unknown>)[BRAND] === true
}
