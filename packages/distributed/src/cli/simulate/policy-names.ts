/** Which policies to simulate. Knows none by itself. */
import { CacheConfigError } from '@mtaio/exceptions'
import { EvictionPolicy } from '@mtaio/policies'
import { nearestPolicyName } from '@mtaio/policies/simulator'

/** Reads `all`, or a list such as `lru,lfu`; each once. @throws CacheConfigError naming the nearest that there is */
export function parsePolicies(text: string): EvictionPolicy[] {
  const known = Object.values(EvictionPolicy)
  if (text === 'all') return known
  return [...new Set(text.split(',').map((part) => policyOf(part.trim(), known)))]
}

function policyOf(name: string, known: readonly EvictionPolicy[]): EvictionPolicy {
  const found = known.find((policy) => policy === name)
  if (found !== undefined) return found
  const nearest = nearestPolicyName(name, known)
  const hint = nearest === undefined ? '' : `: did you mean '${nearest}'?`
  throw new CacheConfigError(`--policies takes all, or some of ${known.join(', ')}, not '${name.slice(0, 40)}'${hint}`)
}
