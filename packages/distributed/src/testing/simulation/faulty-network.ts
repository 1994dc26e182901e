/**
 * A network between clients and nodes that delays, loses, repeats and reorders what is sent, and can be cut one way. It
 * keeps the contract of the transport and nothing beyond: every `send` settles by its deadline; one that fails may have
 * taken effect, or may yet.
 */
import { CacheConnectionError, CacheTimeoutError } from '@mtaio/exceptions'
import type { Command, Reply } from '../../resp/reply.js'
import type { ConnectionWatcher, ReplicaTransport, SendOptions } from '../../transport/replica-transport.js'
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
  /** Nothing is sent or heard any more, as after the death of a process. What is on its way arrives all the same. */
  sever(): void
}

const CALM: Weather = { loss: 0, repetition: 0, tail: 0, longest: 0 }
/** What one way takes that does not take long, ms. */
const USUAL = 2
/** After so long on one way, a message is there or lost, ms. */
const LONGEST = 10_000

export class FaultyNetwork {
  weather: Weather = CALM
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
    for (const node of this.nodes.values()) {
      node.isDown = false
      node.slowness = 1
    }
  }

  linkOf(client: string): Link {
    let severed = false
    const lines: PushLine[] = []
    /** The life of each node in which a connection to it was opened. */
    const opened = new Map<string, number>()
    let watcher: ConnectionWatcher | undefined
    const hear = (node: SimulatedNode) => {
      if (opened.get(node.id) === node.life) return
      opened.set(node.id, node.life)
      watcher?.opened(node.id)
    }
    return {
      watch: (each) => {
        watcher = each
      },
      openPushes: (node, listener) => {
        const line = new PushLine(client, this.nodes.get(node)!, listener, this.wireOf(client))
        lines.push(line)
        return line
      },
      send: (node, command, options) => {
        if (severed) return new Promise<Reply>(() => undefined)
        const there = this.nodes.get(node)!
        return new Promise<Reply>((resolve, reject) => {
          const ears = {
            resolve: (reply: Reply) => {
              if (severed) return
              hear(there)
              resolve(reply)
            },
            reject: (error: unknown) => severed || reject(error),
          }
          this.deliver(client, there, command, options, ears)
        })
      },
      close: async () => {
        severed = true
      },
      sever: () => {
        severed = true
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

  private deliver(client: string, node: SimulatedNode, command: Command, options: SendOptions, ears: Ears): void {
    const { time, random, weather } = this
    const { deadline, signal } = options
    if (signal?.aborted) return void ears.reject(signal.reason)
    const late = () => {
      this.trace?.wire(client, node.id, command, 'late')
      ears.reject(new CacheTimeoutError(`${node.id} did not answer by the deadline`, { node: node.id }))
    }
    const tooLate = () => void time.schedule(late, deadline - time.now)
    if (deadline <= time.now) return void late()
    if (weather.repetition > 0 && random.chance(weather.repetition)) {
      time.schedule(() => {
        if (this.passes(client, node, 'to') && !node.isDown) this.applied(client, node, command, 'done again')
      }, this.delay(node) + this.delay(node))
    }
    if (!this.passes(client, node, 'to')) return tooLate()
    const there = this.delay(node)
    // Who waits is told at the deadline; the command is under way all the same.
    const isLate = time.now + there >= deadline
    if (isLate) tooLate()
    time.schedule(() => {
      if (node.isDown) {
        this.trace?.wire(client, node.id, command, 'refused')
        if (isLate) return
        return void ears.reject(new CacheConnectionError(`${node.id} refuses connections`, { node: node.id }))
      }
      const reply = this.applied(client, node, command, isLate ? 'done too late' : 'done')
      if (isLate) return
      const back = this.delay(node)
      if (!this.passes(client, node, 'back') || time.now + back >= deadline) return tooLate()
      time.schedule(() => void ears.resolve(reply), back)
    }, there)
  }

  private applied(client: string, node: SimulatedNode, command: Command, outcome: string): Reply {
    const reply = node.execute(command)
    this.trace?.wire(client, node.id, command, outcome, reply)
    return reply
  }

  private passes(client: string, node: SimulatedNode, way: 'to' | 'back'): boolean {
    const cut = this.cuts.get(`${client} ${node.id}`)
    return cut !== 'both' && cut !== way && !(this.weather.loss > 0 && this.random.chance(this.weather.loss))
  }

  private delay(node: SimulatedNode): number {
    const { random, weather } = this
    const isLong = weather.tail > 0 && random.chance(weather.tail)
    const usual = isLong ? random.between(USUAL, weather.longest) : random.between(0.1, USUAL)
    return Math.min(LONGEST, usual * node.slowness)
  }
}

interface Ears {
  resolve(reply: Reply): unknown
  reject(error: unknown): unknown
}
