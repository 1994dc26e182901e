/** What is asked of one replica for a group's transactions: promise, take, apply. One try each. Knows no quorum. */
import { type DecidedWrite, type Decision, decodeDecision } from '../record/group-decision.js'
import { ACCEPT, APPLY } from '../record/group-scripts.js'
import { NO_VERSION, VERSION_BYTES, type Version } from '../record/version.js'
import type { Reply } from '../resp/reply.js'
import type { SendOptions } from '../transport/replica-transport.js'
import { type ReplicaVerbs, unexpected } from './replica-verbs.js'

/** The latest decision that a replica took. */
export interface Taken {
  readonly ballot: Version
  readonly applied: boolean
  readonly decision: Decision
  /** The decision as it came. */
  readonly bytes: Uint8Array
}

/** What a replica promised, with what it showed; or the newer ballot that it had promised before. */
export type Promised =
  | { readonly newer: Version }
  | { readonly newer: undefined; readonly taken: Taken | undefined; readonly versions: ReadonlyMap<string, Version> }

const TAKEN = 1
const APPLIED = 2
const BALLOT_AT = 1
const DECISION_AT = BALLOT_AT + VERSION_BYTES

export class GroupVerbs {
  constructor(private readonly verbs: ReplicaVerbs) {}

  async prepare(
    node: string,
    group: string,
    keys: readonly string[],
    ballot: Version,
    forgetAt: number,
    options: SendOptions,
  ): Promise<Promised> {
    const shown = await this.verbs.prepare(node, group, keys, ballot, forgetAt, options)
    if (shown instanceof Uint8Array) return { newer: shown }
    const [decided, ...held] = shown
    const versions = new Map(keys.map((key, i) => [key, held[i]!.length === 0 ? NO_VERSION : held[i]!]))
    return { newer: undefined, taken: takenOf(decided!, group, node), versions }
  }

  /** `undefined` when it was taken, else the ballot promised instead, `NO_VERSION` for none. */
  async accept(
    node: string,
    group: string,
    ballot: Version,
    decision: Uint8Array,
    forgetAt: number,
    options: SendOptions,
  ): Promise<Version | undefined> {
    const decided = new Uint8Array(DECISION_AT + decision.length)
    decided[0] = TAKEN
    decided.set(ballot, BALLOT_AT)
    decided.set(decision, DECISION_AT)
    const reply = await this.verbs.run(node, ACCEPT, ['1', group, ballot, decided, String(forgetAt)], options)
    if (reply === 1) return undefined
    const promised = bytesOf(reply, node)
    return promised.length === 0 ? NO_VERSION : promised
  }

  async apply(
    node: string,
    group: string,
    ballot: Version,
    writes: readonly DecidedWrite[],
    options: SendOptions,
  ): Promise<void> {
    const records = writes.flatMap(({ envelope, forgetAt }) => [envelope, String(forgetAt)])
    const command = [String(1 + writes.length), group, ...writes.map(({ key }) => key), ballot, ...records]
    if ((await this.verbs.run(node, APPLY, command, options)) !== 1) throw unexpected(node, 'APPLY')
  }
}

/** @param decided - a group's bytes from 16 on */
function takenOf(decided: Uint8Array, group: string, node: string): Taken | undefined {
  if (decided.length === 0) return undefined
  const bytes = decided.slice(DECISION_AT)
  return {
    applied: decided[0] === APPLIED,
    ballot: decided.slice(BALLOT_AT, DECISION_AT),
    decision: decodeDecision(bytes, group, node),
    bytes,
  }
}

function bytesOf(reply: Reply, node: string): Uint8Array {
  if (reply instanceof Uint8Array) return reply
  throw unexpected(node, 'a question about a transaction')
}
