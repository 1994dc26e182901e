/**
 * Seeded histories of transactions and plain writes on the keys of one group, by clients whose clocks disagree and that may
 * die, over a network that delays, loses, repeats and reorders: what each of them saw, for the checker.
 */
import { CacheError } from '@mtaio/exceptions'
import { checkDistributedOptions, type DistributedCacheOptions } from '../src/client/options.js'
import { serialOrder, type Transacted } from '../src/testing/history/serializability.js'
import { FaultyNetwork } from '../src/testing/simulation/faulty-network.js'
import { SeededRandom } from '../src/testing/simulation/seeded-random.js'
import { EPOCH, SimulatedClient } from '../src/testing/simulation/simulated-client.js'
import { SimulatedNode } from '../src/testing/simulation/simulated-node.js'
import { VirtualTime } from '../src/testing/simulation/virtual-time.js'

const KEYS = ['{t}a', '{t}b', '{t}c']
const NODES = ['a:1', 'b:1', 'c:1']
const CLIENTS = 4
const ACTIONS = 14
const LASTS = 8_000
/** After it all requests and repetitions on their way have arrived. */
const CALM_AFTER = 60_000

export type Quorum = Pick<DistributedCacheOptions, 'replicationFactor' | 'readQuorum' | 'writeQuorum' | 'quorum'>
export type Plant = (node: SimulatedNode) => void

/** A history whose transactions no order explains, or one that did not come to its end. */
export interface Unexplained {
  readonly seed: number
  readonly history: readonly Transacted[]
}

export interface Explored {
  readonly histories: number
  readonly committed: number
  readonly refused: number
  readonly unknown: number
  readonly unexplained: readonly Unexplained[]
}

class World {
  readonly history: Transacted[] = []
  refused = 0
  isOver = false
  private readonly time = new VirtualTime()
  private readonly random: SeededRandom
  private readonly network: FaultyNetwork
  private readonly options
  private instant = 0
  private counter = 0

  constructor(
    readonly seed: number,
    quorum: Quorum,
    plant: Plant | undefined,
  ) {
    const { time } = this
    this.random = new SeededRandom(seed)
    const nodes = NODES.map((id) => new SimulatedNode(id, time, () => EPOCH + time.now))
    for (const node of nodes) plant?.(node)
    this.network = new FaultyNetwork(time, this.random, new Map(nodes.map((node) => [node.id, node])), undefined)
    this.options = checkDistributedOptions({ nodes: NODES, defaultTtl: '1h', tombstoneTtl: '10m', ...quorum })
    const { random } = this
    const isCalm = random.chance(0.3)
    if (!isCalm) {
      this.network.weather = { loss: 0.04, repetition: 0.05, tail: 0.15, longest: random.pick([20, 200, 1500]) }
    }
    const clients = Array.from({ length: CLIENTS }, (_, i) => this.client(`client ${i}`))
    const span = isCalm ? 60 : LASTS * random.between(0.05, 1)
    for (let i = 0; i < ACTIONS; i++) time.schedule(() => this.act(random.pick(clients)), random.between(0, span))
    if (!isCalm && random.chance(0.5)) time.schedule(() => random.pick(clients).crash(), random.between(0, span))
    if (!isCalm && random.chance(0.5)) {
      const cut = random.pick(NODES)
      time.schedule(
        () => this.network.cut('client 1', cut, random.pick(['to', 'back', 'both'])),
        random.between(0, span),
      )
    }
    time.schedule(() => void this.finish(), CALM_AFTER)
  }

  /** The next event. */
  step(): void {
    if (!this.isOver && !this.time.step()) this.isOver = true
  }

  private client(name: string): SimulatedClient {
    const { time, network, random } = this
    const skew = random.pick([0, 0, 700, -700, 20_000, -20_000])
    return new SimulatedClient({ name, cache: this.options, time, network, random, skew })
  }

  private act({ cache, name }: SimulatedClient): void {
    const { random } = this
    const value = `${name} ${this.counter++}`
    const key = random.pick(KEYS)
    // Those of a sloppy cluster may be acknowledged by nodes that no transaction meets.
    const plain =
      this.options.quorums.quorum === 'strict' ? { set: 2, delete: 1, clear: 0.3 } : { set: 0, delete: 0, clear: 0 }
    const kind = random.weighted({ transaction: 12, ...plain })
    if (kind === 'set') this.plain(`set ${value}`, { [key]: value }, () => cache.set(key, value))
    else if (kind === 'delete') this.plain(`delete ${value}`, { [key]: undefined }, () => cache.delete(key))
    else if (kind === 'clear') {
      this.plain(`clear ${value}`, Object.fromEntries(KEYS.map((each) => [each, undefined])), () => cache.clear())
    } else {
      const asked = KEYS.filter(() => random.chance(0.6))
      const written = KEYS.filter(() => random.chance(0.4))
      const reads = new Map<string, string | undefined>()
      const writes = new Map(written.map((each) => [each, random.chance(0.85) ? value : undefined]))
      const think = random.chance(0.3) ? random.between(0, 50) : 0
      const run = () =>
        cache.transaction(async (txn) => {
          for (const each of asked) reads.set(each, await txn.get(each))
          if (think > 0) await new Promise<void>((resolve) => this.time.schedule(resolve, think))
          for (const [each, what] of writes) await (what === undefined ? txn.delete(each) : txn.set(each, what))
        })
      this.record(value, writes, run, reads)
    }
  }

  /**
   * A write of its own. One that met a newer version writes again, under a version newer than that: seen in between, it takes
   * effect twice.
   */
  private plain(name: string, writes: Readonly<Record<string, string | undefined>>, run: () => Promise<unknown>): void {
    const all = new Map(Object.entries(writes))
    const echo: Transacted = {
      ...{ name: `${name} again`, reads: new Map(), writes: all },
      ...{ start: this.instant, end: Number.POSITIVE_INFINITY },
    }
    this.history.push(echo)
    void this.record(name, all, run).then((isDone) => {
      if (isDone) echo.until = this.instant
    })
  }

  private record(
    name: string,
    writes: ReadonlyMap<string, string | undefined>,
    run: () => Promise<unknown>,
    reads?: ReadonlyMap<string, string | undefined>,
  ): Promise<boolean> {
    const entry: Transacted = {
      name,
      reads: reads ?? new Map(),
      writes,
      start: this.instant++,
      end: Number.POSITIVE_INFINITY,
    }
    this.history.push(entry)
    return run().then(
      () => {
        entry.end = this.instant++
        return true
      },
      (error) => {
        if (!(error instanceof CacheError)) throw error
        // Of a transaction these say that nothing was applied; so does a read that failed before.
        if (reads !== undefined && error.code !== 'UNKNOWN_OUTCOME') {
          this.refused++
          this.history.splice(this.history.indexOf(entry), 1)
        }
        return false
      },
    )
  }

  /** All is well again: one who comes new sees all keys at once, and then again. */
  private async finish(): Promise<void> {
    this.network.heal()
    for (let look = 0; look < 2; look++) {
      const { cache } = this.client(`last ${look}`)
      const reads = new Map<string, string | undefined>()
      const run = () =>
        cache.transaction(async (txn) => {
          for (const key of KEYS) reads.set(key, await txn.get(key))
        })
      let tries = 0
      while (!(await this.record(`last ${look}`, new Map(), run, reads))) {
        if (++tries === 20) throw new Error(`seed ${this.seed}: the last look never succeeds`)
      }
    }
    this.isOver = true
  }
}

/** Runs so many seeds, several at a time. */
export async function explore(from: number, seeds: number, quorum: Quorum, plant?: Plant): Promise<Explored> {
  const explored = { histories: 0, committed: 0, refused: 0, unknown: 0, unexplained: [] as Unexplained[] }
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  let next = from
  const open: World[] = []
  while (next < from + seeds || open.length > 0) {
    while (open.length < 24 && next < from + seeds) open.push(new World(next++, quorum, plant))
    for (const world of open) world.step()
    await new Promise<void>((resolve) => setImmediate(resolve))
    for (let i = open.length - 1; i >= 0; i--) {
      const world = open[i]!
      if (!world.isOver) continue
      open.splice(i, 1)
      explored.histories++
      explored.refused += world.refused
      for (const { end, name } of world.history)
        if (!name.endsWith('again')) explored[end === Number.POSITIVE_INFINITY ? 'unknown' : 'committed']++
      if (serialOrder(world.history) === undefined)
        explored.unexplained.push({ seed: world.seed, history: world.history })
    }
  }
  Error.stackTraceLimit = stackTraceLimit
  return explored
}
