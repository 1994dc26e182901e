/**
 * What is asked of one replica, as commands: read, store, scan, ping. One try each, by a deadline. Error replies
 * become typed errors here; what they mean for a quorum is others' business.
 */
import { CacheConnectionError, type CacheError, CacheSerializationError } from '@mtaio/exceptions'
import { bodyOf, checksumSeed, versionOf } from '../record/envelope.js'
import { PREPARE } from '../record/group-scripts.js'
import { STORE, STORE_EACH } from '../record/guarded-write.js'
import { MERGE } from '../record/prefix-script.js'
import type { Script } from '../record/scripts.js'
import { VERSION_BYTES, type Version } from '../record/version.js'
import type { ElementReader } from '../resp/element-reader.js'
import { type Command, type Reply, ReplyError } from '../resp/reply.js'
import type { ReplicaTransport, SendOptions } from '../transport/replica-transport.js'
import { isPrefixList, registerOfList, withoutCopy } from './register.js'

/** Who is told of an answer: once, never in the turn of the question. Must not throw. */
export interface Told<R> {
  heard(answer: R): void
  failed(reason: unknown): void
  /** Reads an answer of many values where they lie, where that can be, instead of hearing it. See `Hearer`. */
  readonly elements?: ElementReader | undefined
}

/** A record on its way to a replica. */
export interface StoreRequest {
  /** The physical key. */
  readonly key: string
  /** The key as the user knows it, by which it is placed; absent for registers, which lie everywhere. */
  readonly name?: string | undefined
  readonly envelope: Uint8Array
  /** When the node may forget it, ms since the epoch; 0 = never. */
  readonly forgetAt: number
  /** Registers that must not be newer either. */
  readonly registers: readonly string[]
  /** The newest version that may stand under the key and each register; without it, the envelope's own. */
  readonly limits?: readonly Version[] | undefined
  /** It was loaded where nothing stood: nobody misses it where it turns out to be overtaken. */
  readonly isLoaded?: boolean | undefined
  /**
   * It is stored elsewhere already, under this version, and overrules what is older, dead or alive. A register that is about
   * prefixes does not stand in its way, for it kills some of what is older and not all, and those of its tags are not among
   * `registers`, for they kill it and not what it replaced. Who reads it asks for the list, and what they say.
   */
  readonly isCopy?: boolean | undefined
}

/** What became of several records: for each that is not stored, the version in its way. `'refused'`: of some, it is not known. */
export type Outcomes = 'stored' | 'refused' | readonly (Version | undefined)[]

export class ReplicaVerbs {
  constructor(private readonly transport: ReplicaTransport) {}

  /**
   * The bytes under each key, `null` where there are none.
   *
   * @param _beside - by which key a copy of the registers is chosen, where there are several; the first, unless told
   */
  read(node: string, keys: readonly string[], options: SendOptions, _beside?: string): Promise<(Uint8Array | null)[]> {
    return this.transport.send(node, ['MGET', ...keys], options).then((reply) => valuesOf(reply, keys.length, node))
  }

  /** The same for who is told instead of promised. */
  readFor(told: Told<(Uint8Array | null)[]>, node: string, keys: readonly string[], options: SendOptions): void {
    const { transport } = this
    if (transport.ask === undefined) return promised(this.read(node, keys, options), told)
    transport.ask(node, ['MGET', ...keys], options, {
      elements: told.elements,
      heard: (reply) => {
        let values: (Uint8Array | null)[]
        try {
          values = valuesOf(reply, keys.length, node)
        } catch (error) {
          return told.failed(error)
        }
        told.heard(values)
      },
      failed: (reason) => told.failed(reason),
    })
  }

  /** Which copy of the registers a key reads, where there are several. */
  copyBeside(_key: string): string {
    return ''
  }

  /** `undefined` when stored (or already held), else the version in the way. A list of prefixes is merged with what stands. */
  store(node: string, request: StoreRequest, options: SendOptions): Promise<Version | undefined> {
    if (isPrefixList(request.key)) return this.merge(node, request, options)
    return this.run(node, STORE, storeCommand(request).slice(2), options).then((reply) => outcomeOf(reply, node))
  }

  /** The same for who is told instead of promised. @param command - `storeCommand(request)`, for as many nodes as there are */
  storeFor(
    told: Told<Version | undefined>,
    node: string,
    request: StoreRequest,
    command: Command,
    options: SendOptions,
  ) {
    const { transport } = this
    if (transport.ask === undefined) return promised(this.store(node, request, options), told)
    transport.ask(node, command, options, {
      heard: (reply) => {
        if (reply === 1) told.heard(undefined)
        else
          promised(
            this.followed(reply, node, STORE, command.slice(2), options).then((each) => outcomeOf(each, node)),
            told,
          )
      },
      failed: (reason) => told.failed(reason),
    })
  }

  /** Several records, each on its own: what became of each, in their order. @param registers - those of all of them */
  async storeEach(
    node: string,
    registers: readonly string[],
    requests: readonly StoreRequest[],
    options: SendOptions,
  ): Promise<Outcomes> {
    const command = storeEachCommand(registers, requests)
    return this.judged(await this.transport.send(node, command, options), node, requests.length, command, options)
  }

  /** The same for who is told instead of promised. */
  storeEachFor(
    told: Told<Outcomes>,
    node: string,
    registers: readonly string[],
    requests: readonly StoreRequest[],
    options: SendOptions,
  ): void {
    const { transport } = this
    if (transport.ask === undefined) return promised(this.storeEach(node, registers, requests, options), told)
    const command = storeEachCommand(registers, requests)
    transport.ask(node, command, options, {
      heard: (reply) => {
        if (reply === 1) told.heard('stored')
        else promised(this.judged(reply, node, requests.length, command, options), told)
      },
      failed: (reason) => told.failed(reason),
    })
  }

  /**
   * Promises a ballot and shows what stands: the group's bytes and a version for each key, or the newer ballot.
   *
   * @param keys - records of the group, and registers
   */
  async prepare(
    node: string,
    group: string,
    keys: readonly string[],
    ballot: Version,
    forgetAt: number,
    options: SendOptions,
  ): Promise<Version | readonly Uint8Array[]> {
    const command = [String(1 + keys.length), group, ...keys, ballot, String(forgetAt)]
    const reply = await this.run(node, PREPARE, command, options)
    if (reply instanceof Uint8Array && reply.length === VERSION_BYTES) return reply
    const isShown = Array.isArray(reply) && reply.every((each) => each instanceof Uint8Array)
    if (isShown && reply.length === 1 + keys.length) return reply as Uint8Array[]
    throw unexpected(node, 'PREPARE')
  }

  /** One step of a walk over the node's keys. */
  async scan(node: string, cursor: string, pattern: string, count: number, options: SendOptions) {
    const command = ['SCAN', cursor, 'MATCH', pattern, 'COUNT', String(count)]
    const reply = checked(await this.transport.send(node, command, options), node)
    if (!Array.isArray(reply) || !Array.isArray(reply[1])) throw unexpected(node, 'SCAN')
    return { cursor: textOf(reply[0]), keys: reply[1].map(textOf) }
  }

  /** One command as it is. Error replies are values. */
  send(node: string, command: Command, options: SendOptions): Promise<Reply> {
    return this.transport.send(node, command, options)
  }

  async ping(node: string, options: SendOptions): Promise<void> {
    const reply = checked(await this.transport.send(node, ['PING'], options), node)
    if (reply !== 'PONG') throw unexpected(node, 'PING')
  }

  /** Runs a script by its digest; sends its text once to a node that does not know it. */
  run(node: string, script: Script, rest: Command, options: SendOptions): Promise<Reply> {
    const command = ['EVALSHA', script.sha1, ...rest]
    return this.transport
      .send(node, command, options)
      .then((reply) => this.followed(reply, node, script, rest, options))
  }

  private merge(node: string, { key, envelope }: StoreRequest, options: SendOptions): Promise<Version | undefined> {
    const names = [registerOfList(key), key]
    const seeds = names.map((name) => String(checksumSeed(withoutCopy(name))))
    const rest = ['2', ...names, versionOf(envelope)!, bodyOf(envelope), ...seeds]
    return this.run(node, MERGE, rest, options).then((reply) => outcomeOf(reply, node))
  }

  private async judged(
    reply: Reply,
    node: string,
    count: number,
    command: Command,
    options: SendOptions,
  ): Promise<Outcomes> {
    if (!(reply instanceof ReplyError)) return outcomesOf(reply, count, node)
    if (reply.prefix !== 'NOSCRIPT') return 'refused'
    const again = await this.transport.send(node, ['EVAL', STORE_EACH.text, ...command.slice(2)], options)
    return again instanceof ReplyError ? 'refused' : outcomesOf(again, count, node)
  }

  /** The reply to a script that was called by its digest, or to its text where the node does not know it. */
  private async followed(
    reply: Reply,
    node: string,
    script: Script,
    rest: Command,
    options: SendOptions,
  ): Promise<Reply> {
    if (!(reply instanceof ReplyError)) return reply
    if (reply.prefix !== 'NOSCRIPT') throw errorOf(reply, node)
    return checked(await this.transport.send(node, ['EVAL', script.text, ...rest], options), node)
  }
}

const NONE: readonly Version[] = []

/** What stores a record, by the script's digest. */
export function storeCommand({ key, registers, limits = NONE, envelope, forgetAt, isCopy }: StoreRequest): Command {
  const count = String(1 + registers.length)
  const allowed = isCopy ? ['', ...registers.map(() => '*')] : limits
  return ['EVALSHA', STORE.sha1, count, key, ...registers, envelope, String(forgetAt), ...allowed]
}

function storeEachCommand(registers: readonly string[], requests: readonly StoreRequest[]): Command {
  const command: (string | Uint8Array)[] = ['EVALSHA', STORE_EACH.sha1, String(registers.length + requests.length)]
  for (let i = 0; i < registers.length; i++) command.push(registers[i]!)
  for (let i = 0; i < requests.length; i++) command.push(requests[i]!.key)
  command.push(String(registers.length))
  for (let i = 0; i < requests.length; i++) command.push(requests[i]!.envelope, String(requests[i]!.forgetAt))
  return command
}

function promised<R>(answer: Promise<R>, told: Told<R>): void {
  answer.then(
    (each) => told.heard(each),
    (reason: unknown) => told.failed(reason),
  )
}

function valuesOf(reply: Reply, count: number, node: string): (Uint8Array | null)[] {
  const values = checked(reply, node)
  if (!Array.isArray(values) || values.length !== count) throw unexpected(node, 'MGET')
  for (const each of values) if (each !== null && !(each instanceof Uint8Array)) throw unexpected(node, 'MGET')
  return values as (Uint8Array | null)[]
}

function outcomeOf(reply: Reply, node: string): Version | undefined {
  if (reply === 1) return undefined
  if (reply instanceof Uint8Array) return reply
  throw unexpected(node, 'STORE')
}

function outcomesOf(reply: Reply, count: number, node: string): Outcomes {
  if (reply === 1) return 'stored'
  if (!Array.isArray(reply) || reply.length !== count) throw unexpected(node, 'STORE_EACH')
  return reply.map((each) => outcomeOf(each, node))
}

const decoder = new TextDecoder()

function textOf(reply: Reply | undefined): string {
  return reply instanceof Uint8Array ? decoder.decode(reply) : String(reply)
}

export function checked(reply: Reply, node: string): Reply {
  if (reply instanceof ReplyError) throw errorOf(reply, node)
  return reply
}

function errorOf({ message, prefix }: ReplyError, node: string): CacheError {
  if (prefix === 'WRONGTYPE' || message.includes('WRONGTYPE')) {
    const text = `a key of this cache holds another type on ${node} (${message}): another application uses it; choose a namespace of your own`
    return new CacheSerializationError(text, { node })
  }
  return new CacheConnectionError(`${node} answered: ${message}`, { node, code: prefix === 'ERR' ? 'REFUSED' : prefix })
}

export function unexpected(node: string, verb: string): CacheConnectionError {
  return new CacheConnectionError(`${node} answered ${verb} with something that is no answer to it`, {
    node,
    code: 'PROTOCOL',
  })
}
