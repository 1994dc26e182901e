/** Deliberate faults of loads shared by clients, and of nodes that come and go, one line of reasoning each. */
import type { Version } from '../../record/version.js'
import { partOf } from './mutate.js'
import type { Mutation } from './mutation.js'
import { FLIGHT_SCENARIOS, MOVING_SCENARIOS } from './scenarios.js'

export const FLIGHT_MUTATIONS: readonly Mutation[] = [
  {
    name: 'flight: a lease of one replica',
    says: 'who has a lease on one replica of three loads',
    scenarios: FLIGHT_SCENARIOS,
    client: ({ inside: { verbs } }) => {
      type Round = { readonly outcome: 'stored' | 'overtaken' }
      type Writes = { tryOnce(request: object, budget: { quorums: object }): Promise<Round> }
      const over = verbs.with.bind(verbs)
      // A load has verbs of its own.
      verbs.with = (call) => {
        const those = over(call)
        const writes = partOf<Writes>(those.leases, 'writes')
        const tryOnce = writes.tryOnce.bind(writes)
        writes.tryOnce = (request, budget) =>
          tryOnce(request, { ...budget, quorums: { ...budget.quorums, writeQuorum: 1 } })
        return those
      }
    },
  },
  {
    name: 'flight: a lease is a fence',
    says: 'who has a lease stores what it has loaded whatever was changed since',
    scenarios: FLIGHT_SCENARIOS,
    client: ({ inside: { verbs } }) => {
      const fill = verbs.fill.bind(verbs)
      verbs.fill = async (key, value, storing, evidence) => {
        if (partOf<Version | undefined>(evidence, 'lease') === undefined) return fill(key, value, storing, evidence)
        await verbs.prepare(key, value, storing)(verbs.budget(), () => undefined)
        return true
      }
    },
  },
]

/** Where no other copy makes up for one that is lost. */
const ONE_COPY = MOVING_SCENARIOS.filter(([, { name }]) => name.endsWith('one copy'))

export const MOVING_MUTATIONS: readonly Mutation[] = [
  {
    name: 'moving: copy nothing',
    says: 'new owners are taken for ones that have everything',
    scenarios: MOVING_SCENARIOS,
    client: ({ inside: { membership } }) => {
      const comparison = partOf<{ copy: unknown }>(membership!.rebalancing, 'comparison')
      comparison.copy = async (_source: string, _target: string, lacking: unknown) => lacking
    },
  },
  {
    name: 'moving: ask the new owners only',
    says: 'while keys move, those that held them before are not read from',
    scenarios: MOVING_SCENARIOS,
    client: ({ inside: { cluster } }) => {
      const route = cluster.route.bind(cluster)
      cluster.route = (name, budget) => {
        const { places } = cluster
        cluster.places = { ...places, before: undefined }
        try {
          return route(name, budget)
        } finally {
          cluster.places = places
        }
      }
    },
  },
  {
    name: 'moving: do not wait for the others',
    says: 'keys move before all clients know of it',
    scenarios: ONE_COPY,
    client: ({ inside: { membership } }) => {
      const rebalancing = membership!.rebalancing as unknown as { wait: (ms: number) => Promise<void> }
      rebalancing.wait = async () => undefined
    },
  },
  {
    name: 'moving: clear away by what was known',
    says: 'leftovers of a move are removed although the next one has begun',
    scenarios: ONE_COPY,
    client: ({ inside: { membership } }) => {
      type Drop = (...told: unknown[]) => Promise<number>
      const verbs = partOf<{ drop: Drop }>(membership!.rebalancing, 'comparison', 'verbs')
      const drop = verbs.drop.bind(verbs)
      verbs.drop = (...told) => drop(...told.slice(0, 4))
    },
  },
]
