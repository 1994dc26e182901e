/**
 * Deliberate faults of the protocol, one line of reasoning each. Every one of them must be found by the checkers within
 * 10,000 seeds: that is what shows that the checkers bite.
 */
import { CacheTimeoutError } from '@mtaio/exceptions'
import type { StoreRequest } from '../../coordinator/replica-verbs.js'
import { decodeEnvelope, encodeEnvelope } from '../../record/envelope.js'
import { makeVersion, timeOf, writerOf } from '../../record/version.js'
import type { SendOptions } from '../../transport/replica-transport.js'
import {
  isRegisterKey,
  isTombstone,
  nothing,
  onClientRead,
  onClientStore,
  onStore,
  partOf,
  setCommand,
  wireOf,
} from './mutate.js'
import type { Mutation } from './mutation.js'
import { PLAIN_SCENARIOS } from './scenarios.js'

const LINEARIZABLE = PLAIN_SCENARIOS.filter(([, { promise }]) => promise === 'linearizable')
/** Quorums of one's own, in place of linearizable ones. */
const STRICT = { consistency: undefined, quorum: 'strict' } as const

export const PROTOCOL_MUTATIONS: readonly Mutation[] = [
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
    scenarios: LINEARIZABLE,
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
    name: 'serve before hints',
    says: 'a node that is back is read from before it is told what it missed',
    client: ({ inside: { cluster } }) => {
      const { hints } = cluster
      const replay = hints.replay.bind(hints)
      hints.isBehind = hints.lacksRegister = () => false
      hints.replay = async (...told) => {
        cluster.parts.clock.setTimer(() => void replay(...told).catch(() => undefined), 3000)
        return 0
      }
    },
  },
  {
    name: 'no write-back',
    says: 'a linearizable read answers what a single replica may hold',
    scenarios: LINEARIZABLE,
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
      const { send, ask } = transport
      const longer = (options: SendOptions) => ({ ...options, deadline: options.deadline + 60_000 })
      transport.send = (node, command, options) => send(node, command, longer(options))
      transport.ask = (node, command, options, hearer) => ask!(node, command, longer(options), hearer)
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
