/** Means by which mutations are put in from outside, over what clients and nodes are made of. */
import type { Cluster } from '../../coordinator/cluster.js'
import type { StoreRequest, Told } from '../../coordinator/replica-verbs.js'
import { encodeEnvelope } from '../../record/envelope.js'
import { STORE, STORE_EACH } from '../../record/guarded-write.js'
import { NO_VERSION } from '../../record/version.js'
import { tombstoneOf } from '../../record/wire-record.js'
import type { Command, Reply } from '../../resp/reply.js'
import type { SimulatedClient } from './simulated-client.js'
import type { SimulatedNode } from './simulated-node.js'

/** A guarded write as it comes over the wire. */
export interface WireStore {
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
export function onStore(change: (store: WireStore) => Command | undefined): (node: SimulatedNode) => void {
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
export function onClientStore(
  change: (store: Cluster['verbs']['store']) => Cluster['verbs']['store'],
): (client: SimulatedClient) => void {
  return ({ inside: { cluster } }) => {
    const { verbs } = cluster
    verbs.store = change(verbs.store.bind(verbs))
    verbs.storeEach = (node, _registers, requests, options) =>
      Promise.all(requests.map((request) => verbs.store(node, request, options)))
    verbs.storeFor = (told, node, request, _command, options) => tell(verbs.store(node, request, options), told)
  }
}

export function onClientRead(
  change: (read: Cluster['verbs']['read']) => Cluster['verbs']['read'],
): (client: SimulatedClient) => void {
  return ({ inside: { cluster } }) => {
    const { verbs } = cluster
    verbs.read = change(verbs.read.bind(verbs))
    verbs.readFor = (told, node, keys, options) => tell(verbs.read(node, keys, options), told)
  }
}

function tell<R>(answer: Promise<R>, told: Told<R>): void {
  answer.then(
    (each) => told.heard(each),
    (reason: unknown) => told.failed(reason),
  )
}

/** What a client keeps to itself. */
export function partOf<P>(whole: object, ...path: readonly string[]): P {
  let part: unknown = whole
  for (const name of path) part = Reflect.get(part as object, name)
  return part as P
}

/** Plainly, without looking at what stands. */
export function setCommand({ keys, envelope, expiry }: WireStore): Command {
  return expiry === '0' ? ['SET', keys[0]!, envelope] : ['SET', keys[0]!, envelope, 'PXAT', expiry]
}

export function storeCommand({ keys, envelope, expiry, limits }: WireStore): Command {
  return ['EVALSHA', STORE.sha1, String(keys.length), ...keys, envelope, expiry, ...limits]
}

export const isTombstone = (envelope: Uint8Array) => (envelope[1]! & 1) === 1
export const isRegisterKey = (key: string) => key.startsWith('!')
/** What no write is older than, and whose life is over: an answer that says nothing and is not taken for a miss. */
export const nothing = (key: string) => encodeEnvelope(tombstoneOf(NO_VERSION, 1), key)

export function wireOf({ key, envelope, forgetAt }: StoreRequest): WireStore {
  return { keys: [key], envelope, expiry: String(forgetAt), limits: [] }
}
