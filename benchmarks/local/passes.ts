/** Operations that walk the requests from their begin to their end, pass by pass, and then anew. */
import type { Prepared } from './operation.js'
import { CALLS, REQUESTS } from './workload.js'

/** @param walk - does the calls from `from` to before `to` */
export function passes(
  walk: (from: number, to: number) => void,
  proofPasses: number,
  proof: () => number | Promise<number>,
): Prepared {
  let position = 0
  return {
    pass() {
      walk(position, position + CALLS)
      position = (position + CALLS) % REQUESTS
    },
    proofPasses,
    proof,
  }
}

/** `passes` whose proof is the hit ratio of all requests once. `walk` answers how many calls missed. */
export function hitRatioPasses(walk: (from: number, to: number) => number): Prepared {
  let misses = 0
  return passes(
    (from, to) => {
      misses += walk(from, to)
    },
    REQUESTS / CALLS,
    () => 1 - misses / REQUESTS,
  )
}

/** `passes` of calls that are awaited. */
export function awaitedPasses(
  walk: (from: number, to: number) => Promise<void>,
  proofPasses: number,
  proof: () => number | Promise<number>,
): Prepared {
  let position = 0
  return {
    async pass() {
      await walk(position, position + CALLS)
      position = (position + CALLS) % REQUESTS
    },
    proofPasses,
    proof,
  }
}
