/** Deliberate faults of what removes many records at once, one line of reasoning each. */
import type { StoreRequest } from '../../coordinator/replica-verbs.js'
import { NO_VERSION } from '../../record/version.js'
import { isRegisterKey, onClientRead, onClientStore, onStore, partOf, storeCommand } from './mutate.js'
import type { Mutation } from './mutation.js'

export const REGISTER_MUTATIONS: readonly Mutation[] = [
  {
    name: 'clear at the own clock',
    says: 'a register is as new as its writer thinks it is, and no newer',
    client: (client) => {
      const { cluster, verbs } = client.inside
      type Everywhere = (make: (version: Uint8Array) => StoreRequest, budget: unknown) => Promise<void>
      const writes = partOf<{ writeEverywhere: Everywhere }>(verbs, 'invalidations', 'writes')
      const everywhere = writes.writeEverywhere.bind(writes)
      writes.writeEverywhere = (make, budget) => {
        const own = cluster.parts.versions.next()
        return everywhere(() => make(own), budget)
      }
    },
  },
  {
    name: 'clear on one node',
    says: 'a register is written to a single node',
    client: onClientStore((store) => async (node, request, options) => {
      const isElsewhere = isRegisterKey(request.key) && !node.startsWith('n1:')
      return isElsewhere ? undefined : store(node, request, options)
    }),
  },
  {
    name: 'do not read registers',
    says: 'a read does not ask what was cleared or invalidated',
    client: onClientRead(
      (read) => async (node, keys, options) =>
        (await read(node, keys, options)).map((bytes, i) => (isRegisterKey(keys[i]!) ? null : bytes)),
    ),
  },
  {
    name: 'a prefix removes nothing',
    says: 'a read does not look at the list that a register of prefixes points to',
    client: ({ inside: { verbs } }) => {
      const rules = partOf<{ ruling: unknown }>(verbs, 'reads', 'prefixes')
      rules.ruling = async () => NO_VERSION
    },
  },
  {
    name: 'a prefix on one node',
    says: 'a prefix is added to the list of a single node',
    client: onClientStore((store) => async (node, request, options) => {
      const isElsewhere = request.key.startsWith('!prefixes:') && !node.startsWith('n1:')
      return isElsewhere ? undefined : store(node, request, options)
    }),
  },
  {
    name: 'write without registers',
    says: 'a write does not learn that everything was cleared a minute ahead of it',
    node: onStore((store) => storeCommand({ ...store, keys: [store.keys[0]!], limits: store.limits.slice(0, 1) })),
  },
]
