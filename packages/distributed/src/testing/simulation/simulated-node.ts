/** A node of a simulated cluster: the real engine without a socket, with a clock of its own, that can fail. */
import { NodeEngine } from '../../node/node-engine.js'
import type { Command, Reply } from '../../resp/reply.js'

/** Runs a command on a node's engine. */
export type Execute = (command: Command) => Reply

const encoder = new TextEncoder()
/** Parts of commands that are text recur: keys, registers, digests. Bounded. */
const encoded = new Map<string, Uint8Array>()
const MOST_ENCODED = 10_000
/** Bytes that a node may hold: room for any history, and quickly made. */
const MEMORY = 2 ** 20
const MOST_SCANNED = 1000
const ZERO = 0x30
const NINE = 0x39

/**
 * An engine that serves one history after another: making one takes longer than a history. Emptied, it is as new: it
 * walks its keys in the order of their hashes, whatever was there before, and never evicts here.
 */
class ReusedEngine {
  now: () => number = () => 0
  readonly engine = new NodeEngine({ now: () => this.now(), hashSeed: 1, maxMemory: MEMORY })

  empty(): void {
    const { store } = this.engine
    const keys: Uint8Array[] = []
    // At the beginning of time nothing had expired, so everything is seen.
    let cursor = 0
    do cursor = store.scan(cursor, MOST_SCANNED, 0, (key) => keys.push(key))
    while (cursor !== 0)
    for (const key of keys) store.delete(key, 0)
  }
}

const spare: ReusedEngine[] = []

export class SimulatedNode {
  /** Refuses connections. */
  isDown = false
  /** How many times longer than usual everything takes on it. */
  slowness = 1
  /** What a mutation does in place of running a command. */
  intercept: ((command: Command, execute: Execute) => Reply) | undefined
  private readonly reused: ReusedEngine

  /** @param now - its wall clock, ms since the epoch */
  constructor(
    readonly id: string,
    now: () => number,
  ) {
    this.reused = spare.pop() ?? new ReusedEngine()
    this.reused.now = now
  }

  /** Restarts empty. */
  loseMemory(): void {
    this.reused.empty()
  }

  /** The history is over; the node is not to be used any more. */
  release(): void {
    this.reused.empty()
    spare.push(this.reused)
  }

  /** Runs a command as it came over the wire. */
  execute(command: Command): Reply {
    return this.intercept === undefined ? this.run(command) : this.intercept(command, this.run)
  }

  /** Runs a command as it is. */
  readonly run: Execute = (command) => {
    const parts = command.map((part) => (typeof part === 'string' ? bytesOf(part) : part))
    return copied(this.reused.engine.execute(parts))
  }
}

function bytesOf(text: string): Uint8Array {
  // Instants and counts hardly ever recur.
  if (text.charCodeAt(0) >= ZERO && text.charCodeAt(0) <= NINE) return encoder.encode(text)
  let bytes = encoded.get(text)
  if (bytes === undefined) {
    bytes = encoder.encode(text)
    if (encoded.size >= MOST_ENCODED) encoded.clear()
    encoded.set(text, bytes)
  }
  return bytes
}

/** What a reply holds belongs to the node until its next command. */
function copied(reply: Reply): Reply {
  if (reply instanceof Uint8Array) return reply.slice()
  return Array.isArray(reply) ? reply.map(copied) : reply
}
