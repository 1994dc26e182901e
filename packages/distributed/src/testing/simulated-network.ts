/**
 * A network in memory: real node engines behind a transport that can cut, delay by turns, and lose memory. Deterministic:
 * it has no time of its own and draws nothing.
 */
import type { Clock } from '@mtaio/core'
import { CacheConnectionError, CacheTimeoutError } from '@mtaio/exceptions'
import { NodeEngine } from '../node/node-engine.js'
import type { Command, Reply } from '../resp/reply.js'
import type { ReplicaTransport, SendOptions } from '../transport/replica-transport.js'

/** What a node does with what it is sent. */
export type NodeFault =
  /** Out of reach: every command fails at once. */
  | 'down'
  /** Takes everything and never answers: commands fail at their deadlines. */
  | 'silent'
  /** Applies everything, but no reply comes back: the outcome is unknown to the sender. */
  | 'mute'

const encoder = new TextEncoder()

export class SimulatedNetwork implements ReplicaTransport {
  /** Every command that was sent, as `node NAME`. */
  readonly log: string[] = []
  /** Called before a command is applied; may change faults or write elsewhere, as others would meanwhile. */
  onCommand: ((node: string, name: string) => void) | undefined

  /** How long each way of a command takes, ms. Without it, nothing. */
  delay: ((node: string) => number) | undefined
  /** What is answered in a command's place, without running it. */
  answer: ((node: string, name: string) => Reply | undefined) | undefined

  private readonly engines = new Map<string, NodeEngine>()
  private readonly faults = new Map<string, NodeFault>()
  private closed = false

  /**
   * @param nodes - their ids
   * @param wallNow - the nodes' clock, ms since the epoch
   * @param clock - the clients' monotonic clock, by which deadlines pass
   */
  constructor(
    nodes: readonly string[],
    private readonly wallNow: () => number,
    private readonly clock: Required<Clock>,
  ) {
    for (const node of nodes) this.restart(node)
  }

  /** Gives a node a fault, or none. */
  setFault(node: string, fault: NodeFault | undefined): void {
    if (fault === undefined) this.faults.delete(node)
    else this.faults.set(node, fault)
  }

  /** Starts a node that was not there. */
  admit(node: string): void {
    if (!this.engines.has(node)) this.restart(node)
  }

  dismiss(): void {}

  /** Empties a node, as a restart does. */
  restart(node: string): void {
    this.engines.set(node, new NodeEngine({ now: this.wallNow, hashSeed: 1 }))
  }

  /** Runs a command on a node at once, behind the client's back. */
  execute(node: string, command: Command): Reply {
    const reply = this.engines
      .get(node)!
      .execute(command.map((part) => (typeof part === 'string' ? encoder.encode(part) : part)))
    return copied(reply)
  }

  async send(node: string, command: Command, { deadline, signal }: SendOptions): Promise<Reply> {
    if (signal?.aborted) throw signal.reason
    if (deadline <= this.clock.now()) return this.late(node, deadline)
    this.log.push(`${node} ${String(command[0])}`)
    await this.wait(Math.min(this.delay?.(node) ?? 0, deadline - this.clock.now()))
    this.onCommand?.(node, String(command[0]))
    if (this.closed || this.faults.get(node) === 'down')
      throw new CacheConnectionError(`${node} is out of reach`, { node })
    if (this.faults.get(node) === 'silent') return this.late(node, deadline)
    const reply = this.answer?.(node, String(command[0])) ?? this.execute(node, command)
    await this.wait(this.delay?.(node) ?? 0)
    if (this.faults.get(node) === 'mute' || this.clock.now() >= deadline) return this.late(node, deadline)
    return reply
  }

  async close(): Promise<void> {
    this.closed = true
  }

  /** A reply is never there in the turn in which the command was sent, even without delay. */
  private async wait(ms: number): Promise<void> {
    if (ms > 0) await new Promise<void>((resolve) => this.clock.setTimer(resolve, ms))
    else await Promise.resolve()
  }

  private async late(node: string, deadline: number): Promise<never> {
    const left = deadline - this.clock.now()
    if (left > 0) await new Promise<void>((resolve) => this.clock.setTimer(resolve, left))
    throw new CacheTimeoutError(`${node} did not answer by the deadline`, { node })
  }
}

/** What a reply holds belongs to the node until its next command. */
function copied(reply: Reply): Reply {
  if (reply instanceof Uint8Array) return reply.slice()
  return Array.isArray(reply) ? reply.map(copied) : reply
}
