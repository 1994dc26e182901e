/**
 * Looks at nodes at regular times and keeps what it saw for a while: figures by INFO, round trips by PING, hot keys by
 * moments of MONITOR. Any RESP server will do. Knows no socket: what asks, and time, are passed in.
 */
import type { CancelTimer, Clock } from '@mtaio/core'
import type { Advice } from '@mtaio/policies/advice'
import type { Reply } from '../resp/reply.js'
import { ReplyError } from '../resp/reply.js'
import type { MonitorLimits } from '../transport/monitor-feed.js'
import type { ReplicaTransport } from '../transport/replica-transport.js'
import { type HotKey, HotKeys } from './hot-keys.js'
import { keysOfCommand, monitoredCommand } from './monitor-line.js'
import { NodeHistory, type NodeRates } from './node-history.js'
import { sampleOf } from './node-sample.js'
import { LatencyWindow, type Percentiles } from './percentiles.js'
import { TrafficAdvice } from './traffic-advice.js'

export interface ObserverParts {
  /** Their ids, `host:port`. */
  readonly nodes: readonly string[]
  readonly transport: ReplicaTransport
  /** Hands on lines of a node's MONITOR for a moment. */
  readonly monitor: (node: string, onLine: (line: string) => void, limits?: MonitorLimits) => Promise<void>
  readonly clock: Required<Clock>
  readonly wallNow: () => number
}

export interface ObserverOptions {
  /** Between two looks, ms. */
  readonly interval: number
  /** Whether moments of MONITOR are taken for hot keys. */
  readonly hotKeys: boolean
  /** Whether nodes are monitored all the time, for advice: it costs a node up to half of its throughput. @defaultValue false */
  readonly advise?: boolean | undefined
  /** Intervals that are kept. @defaultValue 300 */
  readonly history?: number | undefined
}

/** One node as it was seen last. */
export interface NodeState {
  readonly node: string
  readonly up: boolean
  /** Why it is not, in words. */
  readonly error: string | undefined
  readonly engine: string | undefined
  /** Seconds. */
  readonly uptime: number | undefined
  readonly clients: number | undefined
  readonly keys: number | undefined
  /** Bytes. */
  readonly memory: number | undefined
  readonly maxMemory: number | undefined
  /** Since the node started. */
  readonly evictions: number | undefined
  readonly expirations: number | undefined
  readonly latency: Percentiles | undefined
  /** Oldest first. */
  readonly intervals: readonly NodeRates[]
}

/** All of them, as plain data. */
export interface ClusterState {
  /** Wall-clock ms. */
  readonly at: number
  /** Between two looks, ms. */
  readonly interval: number
  readonly nodes: readonly NodeState[]
  /** `undefined` where they are not looked for. */
  readonly hotKeys: readonly HotKey[] | undefined
  /** Why hot keys could not be looked for, in words. */
  readonly hotKeysError: string | undefined
  /** By node; `undefined` where it is not looked at. */
  readonly advice: Readonly<Record<string, Advice>> | undefined
}

const PINGS_A_LOOK = 5
const LATENCIES = 300
const HOT_KEY_COUNTERS = 512
const HOT_KEYS_SHOWN = 10
/** Looks between two moments of MONITOR, and between two fadings of what they found. */
const LOOKS_A_MOMENT = 5
const LOOKS_A_FADING = 60
/** A monitored node is left now and then, ms, so that a connection that hangs is noticed; and this long after it failed. */
const MONITORED_FOR = 60_000
const TRIED_AGAIN_AFTER = 1000

interface Watched {
  readonly node: string
  readonly history: NodeHistory
  readonly latencies: LatencyWindow
  readonly advice: TrafficAdvice | undefined
  error: string | undefined
}

export class ClusterObserver {
  private readonly watched: readonly Watched[]
  private readonly hot: HotKeys | undefined
  private hotKeysError: string | undefined
  private looks = 0
  private cancel: CancelTimer | undefined
  private running: Promise<void> = Promise.resolve()
  private stopped = false
  private readonly end = new AbortController()
  private followed: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly parts: ObserverParts,
    private readonly options: ObserverOptions,
  ) {
    this.watched = parts.nodes.map((node) => ({
      node,
      history: new NodeHistory(options.history ?? 300),
      latencies: new LatencyWindow(LATENCIES),
      advice: options.advise === true ? new TrafficAdvice() : undefined,
      error: undefined,
    }))
    this.hot = options.hotKeys ? new HotKeys(HOT_KEY_COUNTERS) : undefined
  }

  /** Looks now, and again and again until `stop`. `onLook` is called after each. */
  start(onLook: () => void = () => undefined): void {
    this.followed = Promise.all(this.watched.map((each) => this.follow(each)))
    this.lookAgain(onLook)
  }

  private lookAgain(onLook: () => void): void {
    this.running = this.look().then(() => {
      if (this.stopped) return
      onLook()
      this.cancel = this.parts.clock.setTimer(() => this.lookAgain(onLook), this.options.interval)
    })
  }

  /** Ends looking, and closes the connections. */
  async stop(): Promise<void> {
    this.stopped = true
    this.cancel?.()
    this.end.abort()
    await this.parts.transport.close()
    await this.running
    await this.followed
  }

  /** One look at every node. Never rejects: what fails is part of what is seen. */
  async look(): Promise<void> {
    const monitors = this.hot !== undefined && this.looks % LOOKS_A_MOMENT === 0
    if (this.looks++ % LOOKS_A_FADING === LOOKS_A_FADING - 1) this.hot?.fade()
    await Promise.all(this.watched.map((each) => this.lookAt(each, monitors)))
  }

  state(): ClusterState {
    return {
      at: this.parts.wallNow(),
      interval: this.options.interval,
      nodes: this.watched.map(stateOf),
      hotKeys: this.hot?.hottest(HOT_KEYS_SHOWN),
      hotKeysError: this.hotKeysError,
      advice: this.options.advise === true ? Object.fromEntries(this.watched.flatMap(adviceOf)) : undefined,
    }
  }

  private async lookAt(watched: Watched, monitors: boolean): Promise<void> {
    const { node, history, latencies, advice } = watched
    const { clock, wallNow } = this.parts
    try {
      // One after the other: each is a round trip of its own.
      for (let ping = 0; ping < PINGS_A_LOOK; ping++) {
        const sent = clock.now()
        await this.ask(node, 'PING')
        latencies.add(clock.now() - sent)
      }
      const info = await this.ask(node, 'INFO')
      const sample = sampleOf(textOf(info), clock.now())
      history.add(sample, wallNow(), latencies.percentiles())
      advice?.observe(sample)
      watched.error = undefined
    } catch (error) {
      watched.error = (error as Error).message
      history.lost()
      return
    }
    if (monitors) await this.monitor(node)
  }

  private async ask(node: string, command: string): Promise<Reply> {
    const { transport, clock } = this.parts
    const patience = Math.max(1000, this.options.interval)
    const reply = await transport.send(node, [command], { deadline: clock.now() + patience })
    if (reply instanceof ReplyError) throw new Error(`${command} was refused: ${reply.message}`)
    return reply
  }

  /** Hands every command of a node to its advisor, until the end. */
  private async follow({ node, advice }: Watched): Promise<void> {
    const { signal } = this.end
    while (advice !== undefined && !signal.aborted) {
      const limits = { duration: MONITORED_FOR, maxLines: Number.POSITIVE_INFINITY, signal }
      try {
        await this.parts.monitor(node, (line) => advice.line(line), limits)
      } catch {
        // What is wrong with the node is seen by looking at it.
        await new Promise<void>((resolve) => {
          const cancel = this.parts.clock.setTimer(resolve, TRIED_AGAIN_AFTER)
          const leave = () => {
            cancel()
            resolve()
          }
          signal.addEventListener('abort', leave, { once: true })
        })
      }
    }
  }

  private async monitor(node: string): Promise<void> {
    try {
      await this.parts.monitor(node, (line) => {
        const command = monitoredCommand(line)
        // Registers of the distributed client are read with every record.
        for (const key of command === undefined ? [] : keysOfCommand(command)) if (key[0] !== '!') this.hot!.add(key)
      })
      this.hotKeysError = undefined
    } catch (error) {
      this.hotKeysError = (error as Error).message
    }
  }
}

function adviceOf({ node, advice }: Watched): [string, Advice][] {
  const told = advice?.advice()
  return told === undefined ? [] : [[node, told]]
}

function stateOf({ node, history, latencies, error }: Watched): NodeState {
  const { sample, intervals } = history
  return {
    node,
    up: error === undefined && sample !== undefined,
    error,
    engine: sample?.engine,
    uptime: sample?.uptime,
    clients: sample?.clients,
    keys: sample?.keys,
    memory: sample?.memory,
    maxMemory: sample?.maxMemory,
    evictions: sample?.evictions,
    expirations: sample?.expirations,
    latency: latencies.percentiles(),
    intervals: [...intervals],
  }
}

function textOf(reply: Reply): string {
  return reply instanceof Uint8Array ? new TextDecoder().decode(reply) : String(reply)
}
