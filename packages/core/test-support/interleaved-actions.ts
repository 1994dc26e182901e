/** What happens to a cache under test, one thing after another, at random: calls that load, and what invalidates. */
import fc from 'fast-check'
import type { GetOrSetOptions } from '../src/cache.js'

export const KEYS = ['a1', 'a2', 'b1'] as const
export const TAGS_OF: Readonly<Record<string, readonly string[]>> = { a1: ['t'], a2: ['t', 'u'], b1: ['u'] }
export const PLACES = ['root', 'view'] as const
export type Place = (typeof PLACES)[number]

/** How loads are asked for. Lives are a second where values are to grow stale, ten where they are to be renewed before. */
export const VARIANTS: Readonly<Record<string, GetOrSetOptions>> = {
  plain: { ttl: 5 },
  staleWhileRevalidate: { ttl: 1, staleWhileRevalidate: 100 },
  staleIfError: { ttl: 1, staleIfError: 100 },
  softTimeout: { ttl: 1, staleIfError: 100, softTimeout: '1ms' },
  timeout: { ttl: 5, timeout: '1ms' },
  refreshAhead: { ttl: 10, refreshAhead: '9999ms' },
  earlyRefresh: { ttl: 10, earlyRefresh: 1e6 },
  negativeTtl: { ttl: 5, negativeTtl: 100 },
}

interface At {
  /** Turns of the microtask queue that it lets pass first, so that it comes between any two steps of a load. */
  readonly hops: number
  readonly place: Place
}

export type Action = At &
  (
    | {
        readonly do: 'load'
        readonly key: string
        readonly variant: string
        readonly fails: boolean
        readonly late: boolean
      }
    | { readonly do: 'loadMany'; readonly variant: string; readonly fails: boolean; readonly late: boolean }
    | { readonly do: 'set' | 'delete' | 'touch' | 'leave'; readonly key: string }
    | { readonly do: 'transaction'; readonly key: string; readonly other: string }
    | { readonly do: 'deleteByTag' | 'expireByTag'; readonly tag: string }
    | { readonly do: 'deleteByTags' | 'clear' }
    | { readonly do: 'deleteByPrefix'; readonly prefix: string }
    | { readonly do: 'advance'; readonly ms: number }
  )

const hops = fc.nat({ max: 10 })
const place = fc.constantFrom(...PLACES, 'root' as const)
const key = fc.constantFrom(...KEYS)
const tag = fc.constantFrom('t', 'u')
const variant = fc.constantFrom(...Object.keys(VARIANTS))
const fails = fc.boolean()
const late = fc.boolean()

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 14, arbitrary: fc.record({ hops, place, do: fc.constant('load' as const), key, variant, fails, late }) },
  { weight: 4, arbitrary: fc.record({ hops, place, do: fc.constant('loadMany' as const), variant, fails, late }) },
  {
    weight: 7,
    arbitrary: fc.record({ hops, place, do: fc.constantFrom('set' as const, 'delete', 'touch', 'leave'), key }),
  },
  { weight: 2, arbitrary: fc.record({ hops, place, do: fc.constant('transaction' as const), key, other: key }) },
  { weight: 3, arbitrary: fc.record({ hops, place, do: fc.constantFrom('deleteByTag' as const, 'expireByTag'), tag }) },
  { weight: 2, arbitrary: fc.record({ hops, place, do: fc.constantFrom('deleteByTags' as const, 'clear') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      hops,
      place,
      do: fc.constant('deleteByPrefix' as const),
      prefix: fc.constantFrom('a', 'b', 'a1'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ hops, place, do: fc.constant('advance' as const), ms: fc.constantFrom(1, 100, 1000, 3000) }),
  },
)

export const actions = fc.array(action, { minLength: 2, maxLength: 24 })
