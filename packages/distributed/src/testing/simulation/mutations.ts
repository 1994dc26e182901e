/**
 * Deliberate faults of the protocol, one line of reasoning each. Every one of them must be found by the checkers within
 * 10,000 seeds: that is what shows that the checkers bite. Put in from outside, over what clients and nodes are made of.
 */
import { CacheTimeoutError } from '@mtaio/exceptions'
import type { Cluster } from '../../coordinator/cluster.js'
import type { StoreRequest } from '../../coordinator/replica-verbs.js'
import { decodeEnvelope, encodeEnvelope } from '../../record/envelope.js'
import { STORE, STORE_EACH } from '../../record/guarded-write.js'
import { makeVersion, NO_VERSION, timeOf, writerOf } from '../../record/version.js'
import { tombstoneOf } from '../../record/wire-record.js'
import type { Command, Reply } from '../../resp/reply.js'
import type { Mutation } from './mutation.js'
import type { SimulatedClient } from './simulated-client.js'
import type { SimulatedNode } from './simulated-node.js'

/** A guarded write as it comes over the wire. */
interface WireStore {
  readonly keys: Command
  readonly envelope: Uint8Array
  readonly expiry: string
  readonly limits: Command
}

/** The commands of which one that stores several records is made. */
function oneByOne(command: Command): Command[] {
  const count = Number(command[2])
  const keys = command.slice(3, 3 + count)
  const [shared, ...writes] = command.slice(3 + count)
  const registers = keys.slice(0, Number(shared))
  return keys.slice(registers.length).map((key, i) => {
    const [envelope, expiry] = writes.slice(2 * i)
    return ['EVALSHA', STORE.sha1, String(1 + registers.length), key, ...registers, envelope!, expiry!]
  })
}

/** Changes what a node does with guarded writes. */
function onStore(change: (store: WireStore) => Command | undefined): (node: SimulatedNode) => void {
  return (node) => {
    node.intercept = (command, execute) => {
      if (command[0] !== 'EVALSHA') return execute(command)
      if (command[1] !== STORE_EACH.sha1)
        return command[1] === STORE.sha1 ? storeOne(command, execute) : execute(command)
      const outcomes = oneByOne(command).map((each) => storeOne(each, execute))
      return outcomes.every((outcome) => outcome === 1) ? 1 : outcomes
    }
    const storeOne = (command: Command, execute: (command: Command) => Reply): Reply => {
      const count = Number(command[2])
      const [envelope, expiry, ...limits] = command.slice(3 + count)
      const keys = command.slice(3, 3 + count)
      const instead = change({ keys, envelope: envelope as Uint8Array, expiry: expiry as string, limits })
      if (instead === undefined) return execute(command)
      const reply = execute(instead)
      return instead[0] === 'EVALSHA' ? reply : 1
    }
  }
}

/** Changes what a client does when it stores something on a node. */
function onClientStore(
  change: (store: Cluster['verbs']['store']) => Cluster['verbs']['store'],
): (client: SimulatedClient) => void {
  return ({ inside: { cluster } }) => {
    const { verbs } = cluster
    verbs.store = change(verbs.store.bind(verbs))
    verbs.storeEach = (node, _registers, requests, options) =>
      Promise.all(requests.map((request) => verbs.store(node, request, options)))
  }
}

function onClientRead(
  change: (read: Cluster['verbs']['read']) => Cluster['verbs']['read'],
): (client: SimulatedClient) => void {
  return ({ inside: { cluster } }) => {
    cluster.verbs.read = change(cluster.verbs.read.bind(cluster.verbs))
  }
}

/** What a client keeps to itself. */
function partOf<P>(whole: object, ...path: readonly string[]): P {
  let part: unknown = whole
  for (const name of path) part = Reflect.get(part as object, name)
  return part as P
}

/** Plainly, without looking at what stands. */
function setCommand({ keys, envelope, expiry }: WireStore): Command {
  return expiry === '0' ? ['SET', keys[0]!, envelope] : ['SET', keys[0]!, envelope, 'PXAT', expiry]
}

function storeCommand({ keys, envelope, expiry, limits }: WireStore): Command {
  return ['EVALSHA', STORE.sha1, String(keys.length), ...keys, envelope, expiry, ...limits]
}

const isTombstone = (envelope: Uint8Array) => (envelope[1]! & 1) === 1
const isRegisterKey = (key: string) => key.startsWith('!')
/** What no write is older than, and whose life is over: an answer that says nothing and is not taken for a miss. */
const nothing = (key: string) => encodeEnvelope(tombstoneOf(NO_VERSION, 1), key)

/** Quorums of one's own, in place of linearizable ones. */
const STRICT = { consistency: undefined, quorum: 'strict' } as const

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'skip the version check',
    says: 'a node stores whatever comes',
    node: onStore(setCommand),
  },
  {
    name: 'acknowledge before the quorum',
    says: 'a write is acknowledged by the first replica',
    settings: { ...STRICT, writeQuorum: 1 },
  },
  {
    name: 'read one',
    says: 'a read asks one replica where two of three hold a write',
    settings: { ...STRICT, readQuorum: 1, writeQuorum: 2 },
  },
  {
    name: 'no tombstone',
    says: 'a deletion removes the record and leaves nothing',
    node: onStore((store) =>
      isTombstone(store.envelope) && store.expiry !== '0' ? ['DEL', store.keys[0]!] : undefined,
    ),
  },
  {
    name: 'no life for tombstones',
    says: 'a deletion is forgotten after a millisecond',
    settings: { tombstoneTtl: '1ms' },
  },
  {
    name: 'no second look',
    says: 'a replica that shows nothing is believed',
    client: onClientRead(
      (read) => async (node, keys, options) =>
        (await read(node, keys, options)).map((bytes, i) =>
          bytes === null && !isRegisterKey(keys[i]!) ? nothing(keys[i]!) : bytes,
        ),
    ),
  },
  {
    name: 'forget what stands in the way',
    says: 'a write that a newer one overtook counts as stored',
    client: onClientStore((store) => async (node, request, options) => {
      await store(node, request, options)
      return undefined
    }),
  },
  {
    name: 'do not move past others',
    says: "a client's clock never learns of other clients' versions",
    client: ({ inside: { cluster } }) => {
      cluster.parts.versions.observe = () => true
    },
  },
  {
    name: 'versions that repeat',
    says: 'two writes of one millisecond have one version',
    client: ({ inside: { cluster } }) => {
      const { versions } = cluster.parts
      const next = versions.next.bind(versions)
      versions.next = () => {
        const version = next()
        return makeVersion(timeOf(version), 0, writerOf(version))
      }
    },
  },
  {
    name: 'late is stored',
    says: 'a replica that does not answer in time counts as one that stored',
    client: onClientStore((store) => async (node, request, options) => {
      try {
        return await store(node, request, options)
      } catch (error) {
        if (error instanceof CacheTimeoutError) return undefined
        throw error
      }
    }),
  },
  {
    name: 'fill without a fence',
    says: 'a loaded value is stored whatever was changed since the load began',
    node: onStore((store) => (store.limits.length > 0 ? setCommand(store) : undefined)),
  },
  {
    name: 'load without looking',
    says: 'a linearizable load is stored without a quorum having been asked what was written meanwhile',
    client: ({ inside: { verbs } }) => {
      partOf<{ changedSince: unknown }>(verbs, 'fills').changedSince = async () => undefined
    },
  },
  {
    name: 'load at the own clock',
    says: 'a loaded value is as new as its load, and not older than what was written since',
    client: ({ inside: { verbs } }) => {
      type Make = (version: Uint8Array) => StoreRequest
      type Store = (make: Make, evidence: { version: Uint8Array }, budget: unknown) => Promise<unknown>
      const fills = partOf<{ store: Store }>(verbs, 'fills')
      const store = fills.store.bind(fills)
      fills.store = (make, evidence, budget) => store(() => make(evidence.version), evidence, budget)
    },
  },
  {
    name: 'repair without a version check',
    says: 'a replica is put right whatever it has taken meanwhile',
    client: (client) => {
      const { cluster, verbs } = client.inside
      const repair = partOf<{ send(node: string, request: StoreRequest): void }>(verbs, 'reads', 'repair')
      repair.send = (node, request) => {
        const set = setCommand(wireOf(request))
        cluster.parts.transport.send(node, set, cluster.budget()).catch(() => undefined)
      }
    },
  },
  {
    name: 'repair for ever',
    says: 'a copy that was put right does not expire',
    client: (client) => {
      const repair = partOf<{ send(node: string, request: StoreRequest): void }>(client.inside.verbs, 'reads', 'repair')
      const send = repair.send.bind(repair)
      repair.send = (node, request) => {
        const record = decodeEnvelope(request.envelope, request.key)
        if (record.tombstone) return send(node, request)
        const envelope = encodeEnvelope({ ...record, expiresAt: 0 }, request.key)
        send(node, { ...request, envelope, forgetAt: 0 })
      }
    },
  },
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
    name: 'write without registers',
    says: 'a write does not learn that everything was cleared a minute ahead of it',
    node: onStore((store) => storeCommand({ ...store, keys: [store.keys[0]!], limits: store.limits.slice(0, 1) })),
  },
  {
    name: 'serve before hints',
    says: 'a node that is back is read from before it is told what it missed',
    client: ({ inside: { cluster } }) => {
      const { hints } = cluster
      const replay = hints.replay.bind(hints)
      hints.has = () => false
      hints.replay = async (...told) => {
        cluster.parts.clock.setTimer(() => void replay(...told).catch(() => undefined), 3000)
        return 0
      }
    },
  },
  {
    name: 'no write-back',
    says: 'a linearizable read answers what a single replica may hold',
    client: ({ inside: { verbs } }) => {
      const writeBack = partOf<{ record: unknown; registers: unknown }>(verbs, 'reads', 'writeBack')
      writeBack.record = writeBack.registers = async () => undefined
    },
  },
  {
    name: 'write without looking',
    says: 'a linearizable write is tried under one version after another',
    client: ({ inside: { cluster, verbs } }) => {
      type Make = (version: Uint8Array) => StoreRequest
      type Round = () => Promise<unknown>
      const writes = partOf<{
        writeAfterLooking(make: Make, budget: unknown): Promise<void>
        insist(round: Round, key: undefined, budget: unknown): Promise<void>
        tryOnce(request: StoreRequest, budget: unknown): Promise<unknown>
      }>(verbs, 'writes')
      writes.writeAfterLooking = (make, budget) =>
        writes.insist(() => writes.tryOnce(make(cluster.parts.versions.next()), budget), undefined, budget)
    },
  },
  {
    name: 'wait for ever',
    says: 'a call waits for an answer for a minute, whatever its budget',
    client: ({ inside: { cluster } }) => {
      const { transport } = cluster.parts
      const send = transport.send.bind(transport)
      transport.send = (node, command, options) =>
        send(node, command, { ...options, deadline: options.deadline + 60_000 })
    },
  },
  {
    name: 'reject behind the back',
    says: 'a write that fails rejects a promise that nobody looks at',
    client: onClientStore((store) => (node, request, options) => {
      const stored = store(node, request, options)
      void stored.then(() => undefined)
      return stored
    }),
  },
]

function wireOf({ key, envelope, forgetAt }: StoreRequest): WireStore {
  return { keys: [key], envelope, expiry: String(forgetAt), limits: [] }
}

/** The mutation of that name. @throws RangeError naming those that there are */
export function mutationNamed(name: string): Mutation {
  const mutation = MUTATIONS.find((each) => each.name === name)
  if (mutation !== undefined) return mutation
  throw new RangeError(`there is no mutation '${name}': ${MUTATIONS.map((each) => each.name).join(', ')}`)
}
