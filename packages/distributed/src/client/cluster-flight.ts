/**
 * One load for all clients of the nodes. Who finds a key absent takes a lease on it, at most of its replicas; whoever does not
 * get it looks now and then whether the value is there, or the lease over. A lease saves loads and guards nothing: what a
 * client stores still passes the fence, so one that outlives its lease overwrites nothing newer.
 */
import type { Load, LoadContext } from '@mtaio/core'
import { CacheConnectionError } from '@mtaio/exceptions'
import { backoffDelay } from '../health/backoff.js'
import type { Version } from '../record/version.js'
import type { Evidence } from './found.js'
import type { RecordVerbs } from './record-verbs.js'

/** What a load goes by and comes to know: handed to the fill. */
export interface Flying extends Evidence {
  /** The lease that is to be given back once the value is stored. */
  lease?: Version | undefined
  /** Whether another client loaded the value. */
  isFound?: boolean
}

/** Waits between two looks, ms. */
const POLL = { base: 20, cap: 250 }
/** After so many leases of others, a client loads without one: none of them stored a value. */
const MOST_LEASES = 3

/** The load of one key, shared with other clients. */
export function inOneFlight<T>(verbs: RecordVerbs<T>, load: Load<T>, flying: Flying, leaseMs: number): Load<T> {
  const { clock, random } = verbs.cluster.parts
  return async (context: LoadContext<T>) => {
    const until = clock.now() + MOST_LEASES * leaseMs
    for (let look = 0; clock.now() < until; look++) {
      const lease = await verbs.leases.take(context.key, leaseMs).catch(unlessOutOfReach)
      // No nodes, no lease, and no other client that could be waited for there.
      if (lease === 'out of reach') break
      if (lease !== undefined) flying.lease = lease
      else await new Promise<void>((resolve) => clock.setTimer(resolve, backoffDelay(look, POLL, random)))
      if (context.signal.aborted) return landed(verbs, context, flying)
      // Also with a lease: somebody may have stored a value since the key was found absent.
      const found = await verbs.read(context.key, verbs.cluster.budget()).catch(unlessOutOfReach)
      if (found === 'out of reach') break
      Object.assign(flying, verbs.evidence(found.result))
      if (found.value !== undefined) {
        flying.isFound = true
        context.noStore()
        await landed(verbs, context, flying).catch(() => undefined)
        return found.value
      }
      if (lease !== undefined) break
    }
    // Nobody waits for it any longer, whether or not the load knows: the others need not, either.
    const leave = () => void giveBack(verbs, context.key, flying)
    context.signal.addEventListener('abort', leave, { once: true })
    try {
      return await load(context)
    } catch (error) {
      await giveBack(verbs, context.key, flying)
      throw error
    } finally {
      context.signal.removeEventListener('abort', leave)
    }
  }
}

/** Lets others load, once the value is stored or will not be. */
export async function giveBack<T>(verbs: RecordVerbs<T>, key: string, flying: Flying): Promise<void> {
  const { lease } = flying
  flying.lease = undefined
  if (lease !== undefined) await verbs.leases.giveBack(key, lease)
}

async function landed<T>(verbs: RecordVerbs<T>, { key, signal }: LoadContext<T>, flying: Flying): Promise<never> {
  await giveBack(verbs, key, flying)
  throw signal.reason
}

function unlessOutOfReach(error: unknown): 'out of reach' {
  if (error instanceof CacheConnectionError) return 'out of reach'
  throw error
}
