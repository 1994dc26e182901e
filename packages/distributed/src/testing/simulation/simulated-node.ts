/** A node of a simulated cluster: the real engine without a socket, with a clock of its own, that can fail. */
import { NodeEngine } from '../../node/node-engine.js'
import type { Command, Reply } from '../../resp/reply.js'

/** Runs a command on a node's engine. */
export type Execute = (command: Command) => Reply

const encoder = new TextEncoder()
/** Parts of commands that are text recur: keys, registers, digests. Bounded. */
const encoded = new Map<string, Uint8Array>()
const MOST_ENCODED = 10_000

export class SimulatedNode {
  /** Refuses connections. */
  isDown = false
  /** How many times longer than usual everything takes on it. */
  slowness = 1
  /** How often it has lost its memory. */
  losses = 0
  /** What a mutation does in place of running a command. */
  intercept: ((command: Command, execute: Execute) => Reply) | undefined
  private engine: NodeEngine

  /** @param now - its wall clock, ms since the epoch */
  constructor(
    readonly id: string,
    private readonly now: () => number,
  ) {
    this.engine = this.emptyEngine()
  }

  /** Restarts empty. */
  loseMemory(): void {
    this.losses++
    this.engine = this.emptyEngine()
  }

  /** Runs a command as it came over the wire. */
  execute(command: Command): Reply {
    return this.intercept === undefined ? this.run(command) : this.intercept(command, this.run)
  }

  /** Runs a command as it is. */
  readonly run: Execute = (command) => {
    const parts = command.map((part) => (typeof part === 'string' ? bytesOf(part) : part))
    return copied(this.engine.execute(parts))
  }

  private emptyEngine(): NodeEngine {
    return new NodeEngine({ now: this.now, hashSeed: 1 })
  }
}

function bytesOf(text: string): Uint8Array {
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
