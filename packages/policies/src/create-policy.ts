/** Names → policies: the only file that knows them all. */
import { CacheConfigError } from '@mtaio/exceptions'
import { EvictionPolicy, type Policy, type PolicyFactory } from './eviction-policy.js'
import { FIFO } from './fifo.js'
import { LFU } from './lfu.js'
import { LRU } from './lru.js'

const FACTORIES: Readonly<Record<EvictionPolicy, PolicyFactory>> = {
  [EvictionPolicy.LRU]: () => new LRU(),
  [EvictionPolicy.LFU]: () => new LFU(),
  [EvictionPolicy.FIFO]: () => new FIFO(),
}

const METHODS = ['onInsert', 'onHit', 'onUpdate', 'onRemove', 'victim', 'order'] as const

/**
 * Makes a policy by name or by a factory of the user's.
 *
 * @param capacity - entries, or units of weight; `Infinity` when unbounded
 * @throws CacheConfigError when no policy has that name, or what the factory made is none
 */
export function createPolicy(choice: EvictionPolicy | PolicyFactory, capacity: number): Policy {
  if (typeof choice === 'function') return checkPolicy(choice(capacity))
  if (typeof choice === 'string' && Object.hasOwn(FACTORIES, choice)) return FACTORIES[choice](capacity)
  const names = Object.keys(FACTORIES)
  throw new CacheConfigError(
    `evictionPolicy must be one of ${names.map(shown).join(', ')} or a factory (capacity) => Policy, ` +
      `not ${shown(choice)}${hint(choice, names)}`,
  )
}

/** The commonest slip is the constant's name, `'LRU'` or `'TTL_LRU'`, where its value stands. */
function hint(choice: unknown, names: readonly string[]): string {
  const meant = names.find((name) => typeof choice === 'string' && choice.toLowerCase().includes(name))
  return meant === undefined ? '' : `: did you mean ${shown(meant)}?`
}

function checkPolicy(policy: Policy): Policy {
  const missing = METHODS.filter((method) => typeof policy?.[method] !== 'function')
  if (missing.length === 0) return policy
  throw new CacheConfigError(`the evictionPolicy factory made no policy: it lacks ${missing.join(', ')}`)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : typeof value
}
