/** `cacheEvict`: the function runs, and what it makes obsolete leaves the cache. */
import type { Cache } from '@mtaio/core'
import { checkKnownOptions } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'
import type { Asynchronous, ResultAndArguments, Takes, Unless } from './function-types.js'
import { type Decorated, decorate } from './method-decorator.js'
import { checkCache, checkFunctions } from './options.js'

/**
 * What `cacheEvict` removes, at least one of `keys`, `tags` and `all`, and when. `K`, `G`: the parameters of `keys` and
 * `tags`; `B`: the type of `before`.
 */
export interface CacheEvictOptions<
  K extends readonly unknown[] = readonly unknown[],
  G extends readonly unknown[] = readonly unknown[],
  B extends boolean = boolean,
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
}

type AnyFunction = (...args: never[]) => unknown
/** What `keys` and `tags` are told: before the function has run there is no result. */
type Told<F extends AnyFunction, B extends boolean> = B extends true
  ? [result: undefined, ...args: Parameters<F>]
  : ResultAndArguments<F>
type Fits<F extends AnyFunction, K extends readonly unknown[], G extends readonly unknown[], B extends boolean> = Takes<
  K,
  Told<F, B>,
  'keys'
> &
  Takes<G, Told<F, B>, 'tags'>

/** What `cacheEvict(cache, options)` is: it wraps a function, or decorates a method in either convention. */
export interface CacheEvict<K extends readonly unknown[], G extends readonly unknown[], B extends boolean = false> {
  <F extends AnyFunction>(method: F & Fits<F, K, G, B>, context: ClassMethodDecoratorContext): F
  <F extends AnyFunction>(
    target: object,
    property: string | symbol,
    descriptor: TypedPropertyDescriptor<F> & Fits<F, K, G, B>,
  ): void
  <F extends AnyFunction>(fn: F, ...mismatch: Unless<Fits<F, K, G, B>>): Asynchronous<F>
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
>(cache: Cache<unknown>, options: CacheEvictOptions<K, G, B>): CacheEvict<K, G, B> {
  checkCache(cache, 'cacheEvict')
  checkKnownOptions(options, ['keys', 'tags', 'all', 'before'], 'cacheEvict')
  checkFunctions(options, ['keys', 'tags'])
  const { keys, tags, all = false, before = false } = options as unknown as CacheEvictOptions<unknown[], unknown[]>
  for (const [name, given] of Object.entries({ all, before })) {
    if (typeof given !== 'boolean') throw new CacheConfigError(`${name} must be true or false, not ${typeof given}`)
  }
  if (keys === undefined && tags === undefined && !all) {
    throw new CacheConfigError('cacheEvict needs `keys`, `tags` or `all: true`: it would remove nothing')
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
          if (before) await evict(undefined, args)
          const result = await fn.apply(this, args)
          if (!before) await evict(result, args)
          return result
        },
    )) as CacheEvict<K, G, B>
}
