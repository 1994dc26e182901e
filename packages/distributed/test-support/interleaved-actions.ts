/** What happens to several clients of a cluster, one thing after another, at random: calls that load and read, and what invalidates. */
import type { GetOrSetOptions } from '@mtaio/core'
import fc from 'fast-check'

export const KEYS = ['a1', 'a2', 'b1'] as const
export const TAGS_OF: Readonly<Record<string, readonly string[]>> = { a1: ['t'], a2: ['t', 'u'], b1: ['u'] }
export const PLACES = ['root', 'view'] as const
export type Place = (typeof PLACES)[number]

/** How loads are asked for. */
export const VARIANTS: Readonly<Record<string, GetOrSetOptions>> = {
  plain: { ttl: 50 },
  staleWhileRevalidate: { ttl: 1, staleWhileRevalidate: 100 },
  staleIfError: { ttl: 1, staleIfError: 100 },
  refreshAhead: { ttl: 50, refreshAhead: 51 },
  negativeTtl: { ttl: 50, negativeTtl: 100 },
  cluster: { ttl: 50, singleFlight: 'cluster' },
}

interface At {
  /** Turns of the microtask queue that it lets pass first. */
  readonly hops: number
  readonly client: number
  readonly place: Place
}

interface Loading {
  readonly variant: string
  readonly fails: boolean
  /** Whether tags are told by the loader. */
  readonly late: boolean
  /** Steps that others may take, at least, between what it reads and what it answers. */
  readonly slow: number
}

export type Action = At &
  (
    | ({ readonly do: 'load'; readonly key: string } & Loading)
    | ({ readonly do: 'loadMany' } & Loading)
    | { readonly do: 'get' | 'set' | 'delete' | 'touch'; readonly key: string }
    | { readonly do: 'deleteByTag' | 'expireByTag'; readonly tag: string }
    | { readonly do: 'deleteByTags' | 'clear' }
    | { readonly do: 'deleteByPrefix'; readonly prefix: string }
    | { readonly do: 'advance'; readonly ms: number }
  )

const at = {
  hops: fc.nat({ max: 6 }),
  client: fc.nat({ max: 1 }),
  place: fc.constantFrom(...PLACES, 'root' as const),
}
const key = fc.constantFrom(...KEYS)
const loading = {
  variant: fc.constantFrom(...Object.keys(VARIANTS)),
  fails: fc.boolean(),
  late: fc.boolean(),
  slow: fc.nat({ max: 8 }),
}
const of = <D extends Action['do']>(...verbs: [D, ...D[]]) => ({ ...at, do: fc.constantFrom(...verbs) })

const arbitraries = [
  { weight: 10, arbitrary: fc.record({ ...of('load'), key, ...loading }) },
  { weight: 2, arbitrary: fc.record({ ...of('loadMany'), ...loading }) },
  { weight: 8, arbitrary: fc.record({ ...of('get', 'set', 'delete', 'touch'), key }) },
  { weight: 3, arbitrary: fc.record({ ...of('deleteByTag', 'expireByTag'), tag: fc.constantFrom('t', 'u') }) },
  { weight: 2, arbitrary: fc.record(of('deleteByTags', 'clear')) },
  { weight: 2, arbitrary: fc.record({ ...of('deleteByPrefix'), prefix: fc.constantFrom('a', 'b', 'a1') }) },
  { weight: 2, arbitrary: fc.record({ ...of('advance'), ms: fc.constantFrom(1000, 3000) }) },
] as { weight: number; arbitrary: fc.Arbitrary<Action> }[]

export const actions = fc.array(fc.oneof(...arbitraries), { minLength: 2, maxLength: 14 })

/** A value or none, a load, a change of one of these kinds by one of both clients, and who asks afterwards: all of one key. */
export function actionsAround(...verbs: readonly Action['do'][]): fc.Arbitrary<Action[]> {
  const drawn = fc.record({
    place: fc.constantFrom(...PLACES),
    isThere: fc.boolean(),
    variant: fc.constantFrom('plain', 'staleIfError'),
    late: fc.boolean(),
    slow: fc.constantFrom(0, 10, 20, 40),
    verb: fc.constantFrom(...verbs),
    changer: fc.nat({ max: 1 }),
    above: fc.boolean(),
    askers: fc.array(fc.record({ client: fc.nat({ max: 1 }), loads: fc.boolean() }), { minLength: 1, maxLength: 3 }),
  })
  return drawn.map(({ place, isThere, variant, late, slow, verb, changer, above, askers }) => {
    const by = (client: number) => ({ hops: 0, client, place })
    const loading = { key: 'a1', variant, fails: false, late, slow }
    const change = { ...by(changer), do: verb, key: 'a1', tag: 't', prefix: 'a' } as Action
    return [
      ...(isThere ? [{ ...by(0), do: 'set' as const, key: 'a1' }] : []),
      { ...by(0), do: 'load', ...loading },
      verb === 'clear' && above ? { ...change, place: 'root' } : change,
      ...askers.map(({ client, loads }): Action => {
        return loads ? { ...by(client), do: 'load', ...loading } : { ...by(client), do: 'get', key: 'a1' }
      }),
    ]
  })
}
