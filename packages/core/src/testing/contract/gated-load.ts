/** A load that begins and ends when the case says so, and rounds that let others get as far as they can without time. */
import type { Cache, Load, LoadContext } from '../../cache.js'

export interface GatedLoad {
  readonly load: Load<unknown>
  /** Resolves when the load has been called, with its context. */
  readonly started: Promise<LoadContext<unknown>>
  /** How often it was called. */
  readonly calls: number
  open(value: unknown): void
  fail(error: unknown): void
}

export function gatedLoad(): GatedLoad {
  let calls = 0
  let start!: (context: LoadContext<unknown>) => void
  let open!: (value: unknown) => void
  let fail!: (error: unknown) => void
  const started = new Promise<LoadContext<unknown>>((resolve) => {
    start = resolve
  })
  const outcome = new Promise<unknown>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  // A load that nobody waits for any more may fail unheard.
  outcome.catch(() => undefined)
  const load: Load<unknown> = (context) => {
    calls++
    start(context)
    return outcome
  }
  return {
    load,
    started,
    get calls() {
      return calls
    },
    open,
    fail,
  }
}

/**
 * Lets calls that were made before get past their own reads: a cache over a network answers in the order in which it
 * was asked, so what was asked before has been answered when these reads have.
 */
export async function othersHadTheirTurn(cache: Cache<unknown>, key: string): Promise<void> {
  for (let round = 0; round < 5; round++) await cache.peek(key)
}
