/** The types that the decorators keep and add. Nothing runs here. */

/**
 * What can be wrapped: any function whose result, awaited, is a `T` or absent; and any async generator function whose
 * items make up a `T`.
 */
export type Cacheable<T> = (...args: never[]) => T | undefined | Promise<T | undefined> | AsyncGenerator<ItemOf<T>>

/** What a list that fits into the cache has in it. */
export type ItemOf<T> = unknown extends T ? unknown : T extends readonly (infer Y)[] ? Y : never

/** What is stored of what a function returns: the items of an async generator, else the result, awaited. */
export type ResultOf<R> = R extends AsyncGenerator<infer Y> ? Y[] : Awaited<R>

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

/** The same function with a promise of its result, whether it was asynchronous or not; async generators stay what they are. */
export type Asynchronous<F extends (...args: never[]) => unknown> =
  ReturnType<F> extends Promise<unknown> | AsyncGenerator
    ? F
    : (this: ThisParameterType<F>, ...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>>

/** A function wrapped by `withCache`: what it was, and the controls. */
export type Cached<F extends (...args: never[]) => unknown> = Asynchronous<F> &
  CacheControls<F, Parameters<F>, ResultOf<ReturnType<F>>>

/** `unknown` where a function of parameters `K` takes `Args`, else a type that says why not. */
export type Takes<K extends readonly unknown[], Args extends readonly unknown[], Option extends string> = ((
  ...args: K
) => void) extends (...args: Args) => void
  ? unknown
  : { [Reason in `${Option} does not take the arguments of the function`]: never }

/**
 * No further argument where `Fit` is `unknown`, else one that nobody can give, which says why not. Where a function is
 * wrapped, the check cannot stand in the type of the function's own parameter: that type is also the context in which a
 * function expression is typed, and asking it for `F` there would fix `F` too early.
 */
export type Unless<Fit> = unknown extends Fit ? [] : [mismatch: Fit]

/** What an option is told of a call: the result, without what `Absent` leaves out, then the arguments. */
export type ResultAndArguments<F extends (...args: never[]) => unknown, Absent = never> = [
  result: Known<Exclude<Awaited<ReturnType<F>>, Absent>>,
  ...args: Parameters<F>,
]

/**
 * `never`, which suits every option, for a result of unknown type. A function expression has that type for a moment
 * while it is inferred, in which its options must not be refused.
 */
type Known<R> = unknown extends R ? never : R
