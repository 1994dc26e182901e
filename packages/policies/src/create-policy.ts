/** Names → policies: the only file that knows them all. */
import { CacheConfigError } from '@mtaio/exceptions'
import { Adaptive } from './adaptive.js'
import { EvictionPolicy, type Policy, type PolicyFactory } from './eviction-policy.js'
import { FIFO } from './fifo.js'
import { LFU } from './lfu.js'
import { LRU } from './lru.js'
import { nearestPolicyName } from './nearest-policy-name.js'
import { S3FIFO } from './s3-fifo.js'
import { SIEVE } from './sieve.js'
import { WTinyLFU } from './w-tinylfu.js'

const FACTORIES: Readonly<Record<EvictionPolicy, PolicyFactory>> = {
  [EvictionPolicy.LRU]: () => new LRU(),
  [EvictionPolicy.LFU]: () => new LFU(),
  [EvictionPolicy.FIFO]: () => new FIFO(),
  [EvictionPolicy.SIEVE]: () => new SIEVE(),
  [EvictionPolicy.S3FIFO]: (capacity) => new S3FIFO(capacity),
  [EvictionPolicy.WTinyLFU]: (capacity) => new WTinyLFU(capacity),
  [EvictionPolicy.ADAPTIVE]: (capacity) => new Adaptive(capacity),
}

/** A message quotes no more of a wrong name than a person would read. */
const MAX_SHOWN = 64

const METHODS = ['onInsert', 'onHit', 'onUpdate', 'onRemove', 'victim', 'order'] as const

/**
 * Makes a policy by name or by a factory of the user's.
 *
 * @param capacity - entries, or units of weight; `Infinity` when unbounded
 * @throws CacheConfigError when no policy has that name, when the factory throws (its error is the `cause`), or when what
 *   it made is no policy
 */
export function createPolicy(choice: EvictionPolicy | PolicyFactory, capacity: number): Policy {
  if (typeof choice === 'function') return checkPolicy(madeBy(choice, capacity))
  if (typeof choice === 'string' && Object.hasOwn(FACTORIES, choice)) return FACTORIES[choice](capacity)
  const names = Object.keys(FACTORIES)
  throw new CacheConfigError(
    `evictionPolicy must be one of ${names.map(shown).join(', ')} or a factory (capacity) => Policy, ` +
      `not ${shown(choice)}${hint(choice, names)}`,
  )
}

function hint(choice: unknown, names: readonly string[]): string {
  const meant = typeof choice === 'string' ? nearestPolicyName(choice, names) : undefined
  return meant === undefined ? '' : `: did you mean ${shown(meant)}?`
}

function madeBy(factory: PolicyFactory, capacity: number): Policy {
  try {
    return factory(capacity)
  } catch (cause) {
    // The commonest slip is the class itself, where a function that makes one is wanted.
    const isClass = /^class\b/.test(Function.prototype.toString.call(factory))
    const wayOut = isClass ? `: it is a class; pass () => new ${factory.name || 'Policy'}()` : ''
    throw new CacheConfigError(`the evictionPolicy factory threw instead of making a policy${wayOut}`, { cause })
  }
}

function checkPolicy(policy: Policy): Policy {
  const missing = METHODS.filter((method) => typeof policy?.[method] !== 'function')
  if (missing.length === 0) return policy
  throw new CacheConfigError(`the evictionPolicy factory made no policy: it lacks ${missing.join(', ')}`)
}

function shown(value: unknown): string {
  if (typeof value !== 'string') return value === null ? 'null' : typeof value
  return `'${value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value}'`
}
