/** Deliberate faults of a near cache, one line of reasoning each: what the checkers must find in its scenarios. */
import type { EarEvents } from '../../near/ear.js'
import type { NearCache } from '../../near/near-cache.js'
import type { Mutation } from './mutation.js'
import { NEAR_SCENARIOS } from './scenarios.js'
import type { SimulatedClient } from './simulated-client.js'

const onNear =
  (change: (near: NearCache<string>) => void) =>
  ({ inside: { near } }: SimulatedClient): void => {
    if (near !== undefined) change(near)
  }

/** The root's entries: histories know no other namespace. */
const ROOT = 'mtaio'
const scenarios = NEAR_SCENARIOS

export const NEAR_MUTATIONS: readonly Mutation[] = [
  {
    name: 'near: no fence',
    says: 'what was read is kept, whatever was told of its key meanwhile',
    scenarios,
    client: onNear((near) => {
      const space = near.space(ROOT)
      space.keyChanged = (key) => space.drop(key)
    }),
  },
  {
    name: 'near: keep what a lost line hides',
    says: 'entries outlive the connection on which their changes would have been told',
    scenarios,
    client: onNear(({ ears }) => {
      ears.haveHeard = () => true
    }),
  },
  {
    name: 'near: listen to one replica',
    says: 'only the first node is asked to tell of changes',
    scenarios,
    client: onNear(({ ears }) => {
      const haveHeard = ears.haveHeard.bind(ears)
      const parts = Reflect.get(ears, 'parts')
      const [first] = parts.nodes()
      ears.haveHeard = (_nodes, stamp) => haveHeard([first], stamp)
      const nodes = [first]
      Reflect.set(ears, 'parts', { ...parts, nodes: () => nodes })
    }),
  },
  {
    name: 'near: believe a silent line',
    says: 'a connection that was not lost is taken for one on which everything arrives',
    scenarios,
    client: onNear(({ ears }) => {
      const events: EarEvents = Reflect.get(ears, 'earEvents')
      const { opened } = events
      events.opened = (ear) => {
        ear.provenAt = Number.MAX_VALUE
        ear.prove = async () => undefined
        opened(ear)
      }
    }),
  },
  {
    name: 'near: leave own changes to the nodes',
    says: 'what a client has written itself is dropped when the nodes tell of it',
    scenarios,
    client: ({ inside: { state } }) => {
      const { near } = state
      if (near !== undefined)
        Reflect.set(near.watchers, 'entries', { keyChanged() {}, tagChanged() {}, allChanged() {} })
    },
  },
  {
    name: 'near: registers are no news',
    says: 'a clear or an invalidated tag empties nothing near',
    scenarios,
    client: onNear((near) => {
      const space = near.space(ROOT)
      space.tagChanged = () => undefined
      space.clear = () => undefined
    }),
  },
  {
    name: 'near: for ever',
    says: 'an entry is kept beyond the life of its value',
    scenarios,
    client: onNear((near) => {
      const space = near.space(ROOT)
      const end = space.end.bind(space)
      space.end = (fill, entry, _life, tags) =>
        end(fill, { ...entry, expiresAt: Number.POSITIVE_INFINITY }, { ms: 3_600_000, graceMs: 0 }, tags)
    }),
  },
  {
    name: 'near: serve in an outage for ever',
    says: 'while no node is in reach, entries answer however long ago it was known that they held',
    scenarios: scenarios.filter(([, { name }]) => name === 'near, long outages'),
    client: onNear((near) => {
      const options = Reflect.get(near, 'options')
      if (options.outage > 0) Reflect.set(near, 'options', { ...options, outage: 3_600_000 })
    }),
  },
]
