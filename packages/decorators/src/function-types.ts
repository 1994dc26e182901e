/** The types that the decorators keep and add. Nothing runs here. */

/** What can be wrapped: any function whose result, awaited, is a `T` or absent. */
export type Cacheable<T> = (...args: never[]) => T | undefined | Promise<T | undefined>

/** What a wrapped function gains. `A`: its parameters; `R`: its result, awaited. */
export interface CacheControls<F, A extends readonly unknown[], R> {
  /** Removes the result for these arguments; whether it was there. */
  invalidate(...args: A): Promise<boolean>
  /**
   * Runs the function and stores its result, whatever the cache holds; the old one is served meanwhile, and stays when
   * the function fails. A result whose entry was changed meanwhile is returned, not stored. Concurrent calls for the
   * same key share one run.
   */
  refresh(...args: A): Promise<R>
  /** The key of these arguments in the cache. @throws CacheKeyError when they cannot be encoded */
  keyOf(...args: A): string
  /** The function as it was. */
  readonly original: F
}

/** The same function with a promise of its result, whether it was asynchronous or not. */
type Asynchronous<F extends (...args: never[]) => unknown> =
  ReturnType<F> extends Promise<unknown>
    ? F
    : (this: ThisParameterType<F>, ...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>>

/** A function wrapped by `withCache`: what it was, and the controls. */
export type Cached<F extends (...args: never[]) => unknown> = Asynchronous<F> &
  CacheControls<F, Parameters<F>, Awaited<ReturnType<F>>>

/** `unknown` where a function of parameters `K` can be called with the arguments of `F`, else a type that says why not. */
export type TakesArgumentsOf<
  F extends (...args: never[]) => unknown,
  K extends readonly unknown[],
  Option extends string,
> = ((...args: K) => void) extends (...args: Parameters<F>) => void
  ? unknown
  : { [Reason in `${Option} does not take the arguments of the function`]: never }
