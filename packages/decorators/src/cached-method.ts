/** The controls of a decorated method, which decorators cannot add to its type. */
import { CacheConfigError } from '@mtaio/exceptions'
import type { CacheControls } from './function-types.js'

type MethodsOf<O> = { [N in keyof O]: O[N] extends (...args: never[]) => Promise<unknown> ? N : never }[keyof O]

type ControlsOf<F> = F extends (...args: infer A) => Promise<infer R> ? CacheControls<F, A, R> : never

/**
 * The controls that `withCache` gave a method, for this instance (or this class, for a static method).
 *
 * @throws CacheConfigError when the method is not decorated by `withCache`
 * @example
 * await cachedMethod(users, 'find').invalidate('7')
 */
export function cachedMethod<O extends object, N extends MethodsOf<O>>(instance: O, name: N): ControlsOf<O[N]> {
  const method = instance[name] as Partial<CacheControls<unknown, unknown[], unknown>> | undefined
  const { invalidate, refresh, keyOf, original } = method ?? {}
  if (invalidate === undefined || refresh === undefined || keyOf === undefined) {
    throw new CacheConfigError(`the method '${String(name)}' is not decorated by withCache`)
  }
  return {
    invalidate: (...args: unknown[]) => invalidate.apply(instance, args),
    refresh: (...args: unknown[]) => refresh.apply(instance, args),
    keyOf: (...args: unknown[]) => keyOf.apply(instance, args),
    original,
  } as unknown as ControlsOf<O[N]>
}
