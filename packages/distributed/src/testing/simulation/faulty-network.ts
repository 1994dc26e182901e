/**
 * A network between clients and nodes that delays, loses, repeats and reorders what is sent, and can be cut one way. It
 * keeps the contract of the transport and nothing beyond: every `send` settles by its deadline; one that fails may have
 * taken effect, or may yet.
 */
import type { CancelTimer } from '@mtaio/core'
import { CacheConnectionError, CacheTimeoutError } from '@mtaio/exceptions'
import type { Command, Reply } from '../../resp/reply.js'
import type { ConnectionWatcher, Hearer, ReplicaTransport, SendOptions } from '../../transport/replica-transport.js'
import type { Process } from './process.js'
import { PushLine, type Wire } from './push-line.js'
import type { SeededRandom } from './seeded-random.js'
import type { SimulatedNode } from './simulated-node.js'
import type { Trace } from './trace.js'
import type { VirtualTime } from './virtual-time.js'

/** How the network is on the whole. Shares from 0 to 1. */
export interface Weather {
  /** What is lost on one way. */
  loss: number
  /** What arrives a second time, later. */
  repetition: number
  /** What takes long on one way. */
  tail: number
  /** How long that is, ms at most. */
  longest: number
}

/** A way between a client and a node that nothing gets through. */
export type Cut = 'to' | 'back' | 'both'

/** One client's end of the network. */
export interface Link extends ReplicaTransport {
  /** Nothing is heard on it any more, as after the death of a process. What is on its way arrives all the same. */
  sever(): void
}

const CALM: Weather = { loss: 0, repetition: 0, tail: 0, longest: 0 }
/** What one way takes that does not take long, ms. */
const USUAL = 2
/** After so long on one way, a message is there or lost, ms. */
const LONGEST = 10_000

export class FaultyNetwork {
  weather: Weather = CALM
  /** Commands that were sent, and messages that were lost or came twice. */
  readonly counts = { commands: 0, mishaps: 0 }
  private readonly cuts = new Map<string, Cut>()

  constructor(
    private readonly time: VirtualTime,
    private readonly random: SeededRandom,
    private readonly nodes: ReadonlyMap<string, SimulatedNode>,
    private readonly trace: Trace | undefined,
  ) {}

  /** Cuts a client off from a node, or joins them again. */
  cut(client: string, node: string, way: Cut | undefined): void {
    const name = `${client} ${node}`
    if (way === undefined) this.cuts.delete(name)
    else this.cuts.set(name, way)
  }

  /** All is well from now on. */
  heal(): void {
    this.cuts.clear()
    this.weather = CALM
    for (const node of this.nodes.values()) node.heal()
  }

  /** @param hasMembers - whether nodes may come and go through it */
  linkOf(client: string, process: Process, hasMembers: boolean): Link {
    const lines: PushLine[] = []
    const nothing = () => undefined
    /** The life of each node in which a connection to it was opened. */
    const opened = new Map<string, number>()
    let watcher: ConnectionWatcher | undefined
    const ask = (id: string, command: Command, options: SendOptions, hearer: Hearer) => {
      const node = this.nodes.get(id)!
      const heard = (reply: Reply) => {
        if (opened.get(id) !== node.life) {
          opened.set(id, node.life)
          watcher?.opened(id)
        }
        hearer.heard(reply)
      }
      this.deliver(client, process, node, command, options, { heard, failed: hearer.failed.bind(hearer) })
    }
    return {
      watch: (each) => {
        watcher = each
      },
      openPushes: (node, listener) => {
        const line = new PushLine(client, process, this.nodes.get(node)!, listener, this.wireOf(client))
        lines.push(line)
        return line
      },
      send: (node, command, options) =>
        new Promise<Reply>((heard, failed) => {
          ask(node, command, options, { heard, failed })
        }),
      ask,
      ...(hasMembers && { admit: nothing, dismiss: nothing }),
      close: async () => {
        process.die()
      },
      sever: () => {
        for (const line of lines) line.close()
      },
    }
  }

  /** What a client's connections for pushes go through. */
  private wireOf(client: string): Wire {
    return {
      time: this.time,
      random: this.random,
      delay: (node) => this.delay(node),
      passes: (node, way) => this.passes(client, node, way),
      note: (what) => this.trace?.note(what),
    }
  }

  /** The connection on which a client hears a node's pushes ends. */
  loseLine(client: string, node: string): void {
    for (const line of [...this.nodes.get(node)!.lines]) if (line.client === client) line.lose()
  }

  private deliver(
    client: string,
    process: Process,
    node: SimulatedNode,
    command: Command,
    { deadline, signal }: SendOptions,
    hearer: Hearer,
  ): void {
    if (process.isDead) return
    const { time, random, weather } = this
    this.counts.commands++
    const failed = (error: unknown) => process.run(() => hearer.failed(error))
    if (signal?.aborted) return queueMicrotask(() => failed(signal.reason))
    let cancelLate: CancelTimer | undefined
    const late = () => {
      this.trace?.wire(client, node.id, command, 'late')
      failed(new CacheTimeoutError(`${node.id} did not answer by the deadline`, { node: node.id }))
    }
    // Who waits is told at the deadline; the command is under way all the same.
    const tooLate = () => {
      cancelLate ??= time.schedule(late, deadline - time.now)
    }
    if (deadline <= time.now) return tooLate()
    if (weather.repetition > 0 && random.chance(weather.repetition)) {
      this.counts.mishaps++
      time.schedule(() => {
        if (this.passes(client, node, 'to') && !node.isDown) {
          node.process.run(() => this.applied(client, node, command, 'done again'))
        }
      }, this.delay(node) + this.delay(node))
    }
    if (!this.passes(client, node, 'to')) return tooLate()
    const there = this.delay(node)
    const arrive = () => {
      const isLate = time.now >= deadline
      if (node.isDown) {
        this.trace?.wire(client, node.id, command, 'refused')
        if (isLate) return
        cancelLate?.()
        return failed(new CacheConnectionError(`${node.id} refuses connections`, { node: node.id }))
      }
      if (node.process.isStopped) {
        if (!isLate) tooLate()
        return node.process.run(arrive)
      }
      const reply = this.applied(client, node, command, isLate ? 'done too late' : 'done')
      if (isLate) return
      const back = this.delay(node)
      if (!this.passes(client, node, 'back') || time.now + back >= deadline) return tooLate()
      cancelLate?.()
      time.schedule(() => process.run(() => hearer.heard(reply)), back)
    }
    if (time.now + there >= deadline) tooLate()
    time.schedule(arrive, there)
  }

  private applied(client: string, node: SimulatedNode, command: Command, outcome: string): Reply {
    const reply = node.execute(command)
    this.trace?.wire(client, node.id, command, outcome, reply)
    return reply
  }

  private passes(client: string, node: SimulatedNode, way: 'to' | 'back'): boolean {
    if (this.cuts.size > 0) {
      const cut = this.cuts.get(`${client} ${node.id}`)
      if (cut === 'both' || cut === way) return false
    }
    if (this.weather.loss === 0 || !this.random.chance(this.weather.loss)) return true
    this.counts.mishaps++
    return false
  }

  private delay(node: SimulatedNode): number {
    const { random, weather } = this
    const isLong = weather.tail > 0 && random.chance(weather.tail)
    const usual = isLong ? random.between(USUAL, weather.longest) : random.between(0.1, USUAL)
    return Math.min(LONGEST, usual * node.slowness)
  }
}
