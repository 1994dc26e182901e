/** `cacheEvict`: the function runs, and what it makes obsolete leaves the cache. */
import type { Cache } from '@mtaio/core'
import { checkKnownOptions } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'
import type { Asynchronous, ResultAndArguments, Takes, Unless } from './function-types.js'
import { type Decorated, decorate } from './method-decorator.js'
import { checkCache, checkFunctions, decided } from './options.js'

/**
 * What `cacheEvict` removes, at least one of `keys`, `tags` and `all`, and when. `K`, `G`: the parameters of `keys` and
 * `tags`; `B`: the type of `before`; `W`, `U`: what `when` and `unless` take.
 */
export interface CacheEvictOptions<
  K extends readonly unknown[] = readonly unknown[],
  G extends readonly unknown[] = readonly unknown[],
  B extends boolean = boolean,
  W extends readonly unknown[] = readonly unknown[],
  U = unknown,
> {
  /** Whole keys in the cache, of the result and the arguments; usually the `keyOf` of the functions that read them. */
  keys?: ((...resultAndArguments: K) => string | readonly string[]) | undefined
  /** Tags whose entries leave, of the result and the arguments. */
  tags?: ((...resultAndArguments: G) => readonly string[]) | undefined
  /** Whether everything leaves: all of the cache, or of the namespace, that was given. @defaultValue false */
  all?: boolean | undefined
  /**
   * Whether it leaves before the function runs, and so also when the function fails; `keys` and `tags` then get
   * `undefined` for the result. A read while the function runs may store the old result again, which the default
   * keeps out. @defaultValue false
   */
  before?: B | undefined
  /** Whether a call removes anything, by its arguments; asked before the function runs. @defaultValue always */
  when?: ((...args: W) => boolean) | undefined
  /** Whether this result makes nothing obsolete. Not together with `before`, which knows no result. @defaultValue never */
  unless?: ((result: U) => boolean) | undefined
}

type AnyFunction = (...args: never[]) => unknown
/** What `keys` and `tags` are told: before the function has run there is no result. */
type Told<F extends AnyFunction, B extends boolean> = B extends true
  ? [result: undefined, ...args: Parameters<F>]
  : ResultAndArguments<F>
type Fits<
  F extends AnyFunction,
  K extends readonly unknown[],
  G extends readonly unknown[],
  B extends boolean,
  W extends readonly unknown[],
  U,
> = Takes<K, Told<F, B>, 'keys'> &
  Takes<G, Told<F, B>, 'tags'> &
  Takes<W, Parameters<F>, 'when'> &
  Takes<[U], [ResultAndArguments<F>[0]], 'unless'>

/** What `cacheEvict(cache, options)` is: it wraps a function, or decorates a method in either convention. */
export interface CacheEvict<
  K extends readonly unknown[],
  G extends readonly unknown[],
  B extends boolean = false,
  W extends readonly unknown[] = readonly unknown[],
  U = unknown,
> {
  <F extends AnyFunction>(method: F & Fits<F, K, G, B, W, U>, context: ClassMethodDecoratorContext): F
  <F extends AnyFunction>(
    target: object,
    property: string | symbol,
    descriptor: TypedPropertyDescriptor<F> & Fits<F, K, G, B, W, U>,
  ): void
  <F extends AnyFunction>(fn: F, ...mismatch: Unless<Fits<F, K, G, B, W, U>>): Asynchronous<F>
}

/**
 * Removes from a cache what a function or a method makes obsolete, once it has returned, or before it runs: the
 * companion of `withCache` for functions that write. A load that began before the removal is not stored after it.
 *
 * What the function throws is thrown, and nothing removed. Where removing fails, that failure is the caller's, though
 * the function took effect: what readers see next may be old. With `before` it is the other way round: what was removed
 * stays so when the function fails, and where removing fails the function does not run.
 *
 * @throws CacheConfigError for options out of contract, and when they name nothing to remove
 * @example
 * const deleteUser = cacheEvict(cache, { keys: (_: void, id: string) => findUser.keyOf(id) })(async function deleteUser(…) { … })
 */
export function cacheEvict<
  K extends readonly unknown[] = readonly unknown[],
  G extends readonly unknown[] = readonly unknown[],
  B extends boolean = false,
  W extends readonly unknown[] = readonly unknown[],
  U = unknown,
>(cache: Cache<unknown>, options: CacheEvictOptions<K, G, B, W, U>): CacheEvict<K, G, B, W, U> {
  checkCache(cache, 'cacheEvict')
  checkKnownOptions(options, ['keys', 'tags', 'all', 'before', 'when', 'unless'], 'cacheEvict')
  checkFunctions(options, ['keys', 'tags', 'when', 'unless'])
  const chosen = options as unknown as CacheEvictOptions<unknown[], unknown[], boolean, unknown[]>
  const { keys, tags, all = false, before = false, when, unless } = chosen
  for (const [name, given] of Object.entries({ all, before })) {
    if (typeof given !== 'boolean') throw new CacheConfigError(`${name} must be true or false, not ${typeof given}`)
  }
  if (keys === undefined && tags === undefined && !all) {
    throw new CacheConfigError('cacheEvict needs `keys`, `tags` or `all: true`: it would remove nothing')
  }

  if (before && unless !== undefined) {
    throw new CacheConfigError('cacheEvict cannot heed `unless` with `before`: there is no result yet; use `when`')
  }

  const evict = async (result: unknown, args: unknown[]): Promise<void> => {
    if (all) await cache.clear()
    if (keys !== undefined) await cache.deleteMany([keys(result, ...args)].flat())
    for (const tag of tags?.(result, ...args) ?? []) await cache.deleteByTag(tag)
  }

  return ((...decorated: Decorated) =>
    decorate(
      decorated,
      'cacheEvict',
      (fn) =>
        async function (this: unknown, ...args: unknown[]) {
          const evicts = when === undefined || decided(when(...args), 'when')
          if (evicts && before) await evict(undefined, args)
          const result = await fn.apply(this, args)
          if (evicts && !before && !(unless !== undefined && decided(unless(result), 'unless'))) {
            await evict(result, args)
          }
          return result
        },
    )) as CacheEvict<K, G, B, W, U>
}
