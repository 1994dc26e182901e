/** The controls of a decorated method, which decorators cannot add to its type. */
import { CacheConfigError } from '@mtaio/exceptions'
import type { CacheControls, ResultOf } from './function-types.js'

type AnyMethod = (...args: never[]) => Promise<unknown> | AsyncGenerator

/** Names of methods, and of getters that answer promises. */
type MethodsOf<O> = { [N in keyof O]: O[N] extends AnyMethod | Promise<unknown> ? N : never }[keyof O]

type ControlsOf<F> = F extends (...args: infer A) => infer R
  ? CacheControls<F, A, ResultOf<R>>
  : CacheControls<() => F, [], Awaited<F>>

/**
 * The controls that `withCache` gave a method or a getter, for this instance (or this class, for a static one).
 *
 * @param method - its name; or the method itself, which is how code within a class says a private one
 * @throws CacheConfigError when the method is not decorated by `withCache`
 * @example
 * await cachedMethod(users, 'find').invalidate('7')
 */
export function cachedMethod<O extends object, N extends MethodsOf<O>>(instance: O, method: N): ControlsOf<O[N]>
export function cachedMethod<F extends AnyMethod>(instance: object, method: F): ControlsOf<F>
export function cachedMethod(instance: object, method: PropertyKey | AnyMethod): unknown {
  const name = typeof method === 'function' ? method.name : method
  const found = typeof method === 'function' ? method : functionAt(instance, method)
  const { invalidate, refresh, keyOf, original } = (found ?? {}) as Partial<CacheControls<unknown, unknown[], unknown>>
  if (invalidate === undefined || refresh === undefined || keyOf === undefined) {
    throw new CacheConfigError(`the method '${String(name)}' is not decorated by withCache`)
  }
  return {
    invalidate: (...args: unknown[]) => invalidate.apply(instance, args),
    refresh: (...args: unknown[]) => refresh.apply(instance, args),
    keyOf: (...args: unknown[]) => keyOf.apply(instance, args),
    original,
  }
}

/** The function behind a property: a getter's own, which reading the property would run. */
function functionAt(instance: object, name: PropertyKey): unknown {
  for (let at: object | null = instance; at !== null; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name)
    if (descriptor !== undefined) return descriptor.get ?? descriptor.value
  }
  return undefined
}
