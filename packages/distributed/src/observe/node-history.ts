/** Samples of one node over time, as rates between neighbours. Bounded. Pure: knows no socket and no clock. */
import type { NodeSample } from './node-sample.js'
import type { Percentiles } from './percentiles.js'

/** What happened between two samples, a second. */
export interface NodeRates {
  /** Wall-clock ms of the later sample. */
  readonly at: number
  readonly commands: number
  /** Hits by reads; `undefined` where nothing was read. */
  readonly hitRatio: number | undefined
  readonly reads: number
  readonly evictions: number
  readonly expirations: number
  /** Bytes, at the later sample. */
  readonly memory: number
  /** Round trips as this process saw them lately, ms. */
  readonly latency: Percentiles | undefined
}

export class NodeHistory {
  private readonly rates: NodeRates[] = []
  private last: NodeSample | undefined

  /** @param length - how many intervals are kept */
  constructor(private readonly length: number) {}

  /** The latest sample, while the node answers. */
  get sample(): NodeSample | undefined {
    return this.last
  }

  /** The intervals, oldest first. */
  get intervals(): readonly NodeRates[] {
    return this.rates
  }

  /** Adds a sample; the first one, and the first after a restart, begins an interval and ends none. */
  add(sample: NodeSample, wallNow: number, latency: Percentiles | undefined): void {
    const before = this.last
    this.last = sample
    if (before === undefined || sample.at <= before.at || hasRestarted(before, sample)) return
    const seconds = (sample.at - before.at) / 1000
    const hits = sample.hits - before.hits
    const reads = hits + sample.misses - before.misses
    this.rates.push({
      at: wallNow,
      commands: (sample.commands - before.commands) / seconds,
      hitRatio: reads === 0 ? undefined : hits / reads,
      reads: reads / seconds,
      evictions: (sample.evictions - before.evictions) / seconds,
      expirations: (sample.expirations - before.expirations) / seconds,
      memory: sample.memory,
      latency,
    })
    if (this.rates.length > this.length) this.rates.shift()
  }

  /** The node did not answer: what comes next does not follow on what was. */
  lost(): void {
    this.last = undefined
  }
}

/** Counters that went back, also by CONFIG RESETSTAT. */
function hasRestarted(before: NodeSample, after: NodeSample): boolean {
  const counters = ['uptime', 'commands', 'hits', 'misses', 'evictions', 'expirations'] as const
  return counters.some((name) => after[name] < before[name])
}
