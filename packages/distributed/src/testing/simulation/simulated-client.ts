/** A client process of a simulated cluster: the real client, with a wall clock that may be wrong, that can die. */
import { type AssembledClient, assemble } from '../../client/assemble.js'
import { DistributedView } from '../../client/distributed-view.js'
import type { CheckedDistributedOptions } from '../../client/options.js'
import type { FaultyNetwork } from './faulty-network.js'
import { Process } from './process.js'
import type { SeededRandom } from './seeded-random.js'
import type { VirtualTime } from './virtual-time.js'

/** Where every simulation begins, ms since the epoch. */
export const EPOCH = 1_700_000_000_000

export interface ClientOptions {
  readonly name: string
  readonly cache: CheckedDistributedOptions
  readonly time: VirtualTime
  readonly network: FaultyNetwork
  readonly random: SeededRandom
  /** How far its wall clock is ahead, ms. */
  readonly skew: number
  /** Whether nodes may come and go. @defaultValue false */
  readonly hasMembers?: boolean | undefined
}

export class SimulatedClient {
  readonly name: string
  readonly cache: DistributedView<string>
  /** What the cache stands on, for mutations. */
  readonly inside: AssembledClient<string>
  skew: number
  readonly process: Process
  private readonly link

  constructor({ name, cache, time, network, random, skew, hasMembers = false }: ClientOptions) {
    this.name = name
    this.skew = skew
    const process = new Process(time)
    this.process = process
    this.link = network.linkOf(name, process, hasMembers)
    const clock = {
      now: () => time.now,
      setTimer: (fire: () => void, delay: number) => time.schedule(() => process.run(fire), delay),
    }
    const wallNow = () => EPOCH + time.now + this.skew
    const events = { nodeDown: () => undefined, nodeUp: () => undefined, degraded: () => undefined }
    const writer = random.integer(2 ** 32)
    this.inside = assemble<string>(
      cache,
      { transport: this.link, clock, wallNow, random: () => random.next(), writer },
      events,
    )
    const { verbs, viewOf, state } = this.inside
    this.cache = new DistributedView<string>({ verbs, defaultTtl: cache.defaultTtl, viewOf, state })
    // Fills that found too few nodes; their callers have their values.
    this.cache.on('error', () => undefined)
  }

  /** The process dies: no timer fires, nothing is sent or heard. How long it was stopped before, ms. */
  crash(): number {
    const stopped = this.process.die()
    this.link.sever()
    return stopped
  }
}
