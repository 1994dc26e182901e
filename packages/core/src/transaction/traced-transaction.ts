/**
 * Transactions whose calls are published for tracers: what is read, written and deleted inside, as a cache's own calls are,
 * and how they end. One wrapper for both kinds, made only where somebody listens. Knows no cache.
 */
import { counted } from '../diagnostics/counted.js'
import { type CacheTrace, deletes, reads, type Tracer, transactions, writes } from '../diagnostics/traces.js'

type Verb = (...args: unknown[]) => unknown
type Verbs = Readonly<Record<string, Verb>> & { readonly isEnded: boolean }

/**
 * The transaction, or one around it that tells of its calls.
 *
 * @param how - `'later'` where calls answer promises, `'now'` where they are over when they return
 */
export function traced<Txn extends { readonly isEnded: boolean }>(tracer: Tracer, txn: Txn, how: 'now' | 'later'): Txn {
  if (!tracer.isHeard) return txn
  const verbs = txn as unknown as Verbs
  const named = new Set<unknown>()
  const tell = tracer[how].bind(tracer) as (
    channel: typeof reads,
    operation: CacheTrace['operation'],
    key: string | undefined,
    run: (trace?: CacheTrace) => unknown,
  ) => unknown
  /** A verb of one key. */
  const one =
    (channel: typeof reads, operation: 'set' | 'touch' | 'delete'): Verb =>
    (key, ...rest) => {
      named.add(key)
      return tell(channel, operation, key as string, () => verbs[operation]!(key, ...rest))
    }
  const rollback = () =>
    txn.isEnded ? verbs.rollback!() : tell(transactions, 'rollback', undefined, () => verbs.rollback!())
  return {
    get: (key: string, otherwise: unknown) => {
      named.add(key)
      return tell(reads, 'get', key, (trace) =>
        once(verbs.get!(key), (value) => {
          if (trace !== undefined) trace.isHit = value !== undefined
          return value === undefined ? otherwise : value
        }),
      )
    },
    getMany: (keys: Iterable<string>, otherwise: unknown) =>
      tell(reads, 'getMany', undefined, (trace) =>
        once(verbs.getMany!(keys) as Map<string, unknown>, (found) => {
          let hits = 0
          for (const [key, value] of found) {
            named.add(key)
            if (value !== undefined) hits++
            else found.set(key, otherwise)
          }
          if (trace !== undefined) Object.assign(trace, { keys: found.size, hits })
          return found
        }),
      ),
    has: (key: string) => {
      named.add(key)
      return verbs.has!(key)
    },
    set: one(writes, 'set'),
    setMany: (entries: unknown, ttl: unknown) =>
      tell(writes, 'setMany', undefined, (trace) =>
        verbs.setMany!(
          counted(entries, trace, (item) => named.add(Array.isArray(item) ? item[0] : item)),
          ttl,
        ),
      ),
    touch: one(writes, 'touch'),
    delete: one(deletes, 'delete'),
    commit: () =>
      tell(transactions, 'commit', undefined, (trace) => {
        if (trace !== undefined) trace.keys = named.size
        return verbs.commit!()
      }),
    rollback,
    [Symbol.dispose]: rollback,
    [Symbol.asyncDispose]: rollback,
    get isEnded() {
      return txn.isEnded
    },
  } as unknown as Txn
}

/** The body of a transaction, counted as often as it is run. */
export function tracedBody<Txn, R>(body: (txn: Txn) => R, trace: CacheTrace | undefined): (txn: Txn) => R {
  if (trace === undefined) return body
  trace.attempts = 0
  return (txn) => {
    trace.attempts!++
    return body(txn)
  }
}

/** Goes on with an answer, at once if it is there. */
function once<A, R>(answer: A | Promise<A>, use: (answer: A) => R): R | Promise<R> {
  return answer instanceof Promise ? answer.then(use) : use(answer)
}
