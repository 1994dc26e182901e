/** A node of a simulated cluster: the real engine without a socket, with a clock of its own, that can fail. */
import { type ClientState, NO_CONNECTION } from '../../node/client-state.js'
import { NodeEngine } from '../../node/node-engine.js'
import { type Answer, replyOf } from '../../resp/answer.js'
import type { Command, Reply } from '../../resp/reply.js'
import { Process } from './process.js'
import type { VirtualTime } from './virtual-time.js'

/** Runs a command on a node's engine. */
export type Execute = (command: Command) => Reply

const encoder = new TextEncoder()
const decoder = new TextDecoder()
/** Parts of commands that are text recur: keys, registers, digests. Bounded. */
const encoded = new Map<string, Uint8Array>()
const MOST_ENCODED = 10_000
/** Bytes that a node may hold: room for any history, and quickly made. */
const MEMORY = 2 ** 20
const MOST_SCANNED = 1000
const ZERO = 0x30
const NINE = 0x39
const MOST_ASCII = 0x7f

/**
 * An engine that serves one history after another: making one takes longer than a history. Emptied, it is as new: it
 * walks its keys in the order of their hashes, whatever was there before, and never evicts here.
 */
class ReusedEngine {
  now: () => number = () => 0
  readonly engine = new NodeEngine({ now: () => this.now(), hashSeed: 1, maxMemory: MEMORY })

  empty(): void {
    const { store } = this.engine
    if (store.size === 0) return
    const keys: Uint8Array[] = []
    // At the beginning of time nothing had expired, so everything is seen.
    let cursor = 0
    do cursor = store.scan(cursor, MOST_SCANNED, 0, (key) => keys.push(key))
    while (cursor !== 0)
    for (const key of keys) store.delete(key, 0)
  }
}

const spare: ReusedEngine[] = []

/** One thing that happens to a node. */
export type NodeFault =
  | { readonly what: 'down' | 'up' | 'empty' | 'halt' | 'resume'; readonly node: string }
  | { readonly what: 'slow'; readonly node: string; readonly times: number }

/** A client's connection for pushes. */
export interface Line {
  /** The name of the client. */
  readonly client: string
  /** It ends, and the client may or may not be told. */
  lose(): void
}

export class SimulatedNode {
  /** Connections on which clients hear pushes. */
  readonly lines = new Set<Line>()
  /** How many times longer than usual everything takes on it. */
  slowness = 1
  /** Counts up whenever all connections to it end. */
  life = 1
  /** What a mutation does in place of running a command. */
  intercept: ((command: Command, execute: Execute) => Reply) | undefined
  private readonly reused: ReusedEngine
  /** What is sent to it while it is stopped waits. */
  readonly process: Process
  private isGone = false

  /** @param now - its wall clock, ms since the epoch */
  constructor(
    readonly id: string,
    time: VirtualTime,
    now: () => number,
  ) {
    this.process = new Process(time)
    this.reused = spare.pop() ?? new ReusedEngine()
    this.reused.now = now
  }

  /** Refuses connections; those that there are end. */
  get isDown(): boolean {
    return this.isGone
  }

  set isDown(isDown: boolean) {
    this.isGone = isDown
    if (isDown) this.life++
    // Nobody answers what was waiting.
    if (isDown) this.process.goOn()
    if (isDown) for (const line of [...this.lines]) line.lose()
  }

  /** One thing happens to it. */
  suffer(fault: NodeFault): void {
    if (fault.what === 'slow') this.slowness = fault.times
    else if (fault.what === 'empty') this.loseMemory()
    else if (fault.what === 'halt') this.process.stop()
    else if (fault.what === 'resume') this.process.goOn()
    else this.isDown = fault.what === 'down'
  }

  /** As fast as ever, and there. */
  heal(): void {
    this.isGone = false
    this.slowness = 1
    this.process.goOn()
  }

  /** A client that hears pushes. */
  accept(onPush: (push: readonly Reply[]) => void): ClientState {
    const push = (message: Answer) => onPush(copied(replyOf(message)) as Reply[])
    return this.reused.engine.newClient({ ...NO_CONNECTION, push })
  }

  /** Its connection is gone. */
  forget(client: ClientState): void {
    this.reused.engine.release(client)
  }

  /** Restarts empty. */
  loseMemory(): void {
    this.reused.empty()
  }

  /** The history is over; the node is not to be used any more. */
  release(): void {
    for (const line of [...this.lines]) line.lose()
    this.reused.empty()
    spare.push(this.reused)
  }

  /** What lies under a key, looked at behind everybody's back; until the next command. */
  peek(key: string): Uint8Array | undefined {
    return this.reused.engine.store.peek(bytesOf(key), this.reused.now())
  }

  /** The keys that it holds. */
  keys(): string[] {
    const keys: string[] = []
    const { store } = this.reused.engine
    let cursor = 0
    do cursor = store.scan(cursor, MOST_SCANNED, this.reused.now(), (key) => keys.push(decoder.decode(key)))
    while (cursor !== 0)
    return keys
  }

  /** Runs a command as it came over the wire. */
  execute(command: Command): Reply {
    return this.intercept === undefined ? this.run(command) : this.intercept(command, this.run)
  }

  /** Runs a command as it is. */
  readonly run: Execute = (command) => this.runFor(undefined, command)

  /** The same, for a client that hears pushes. */
  runFor(client: ClientState | undefined, command: Command): Reply {
    const parts = command.map((part) => (typeof part === 'string' ? bytesOf(part) : part))
    return copied(this.reused.engine.execute(parts, client))
  }
}

function bytesOf(text: string): Uint8Array {
  // Instants and counts hardly ever recur.
  if (text.charCodeAt(0) >= ZERO && text.charCodeAt(0) <= NINE) return asciiOf(text)
  let bytes = encoded.get(text)
  if (bytes === undefined) {
    bytes = encoder.encode(text)
    if (encoded.size >= MOST_ENCODED) encoded.clear()
    encoded.set(text, bytes)
  }
  return bytes
}

/** Of digits, and of what else has one byte a character: to ask the encoder takes ten times as long. */
function asciiOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > MOST_ASCII) return encoder.encode(text)
    bytes[i] = code
  }
  return bytes
}

/** What a reply holds belongs to the node until its next command. */
function copied(reply: Reply): Reply {
  if (reply instanceof Uint8Array) return Uint8Array.prototype.slice.call(reply)
  return Array.isArray(reply) ? reply.map(copied) : reply
}
