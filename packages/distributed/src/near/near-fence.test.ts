/** The fence against a dumb model: two replicas as plain maps, lines as plain queues, and a reader that believes what it is told. */
import { ManualClock } from '@mtaio/core/testing'
import { CacheConnectionError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../coordinator/cluster.js'
import type { ReadResult } from '../coordinator/read-request.js'
import { makeVersion, NO_VERSION } from '../record/version.js'
import { valueRecord } from '../record/wire-record.js'
import type { Reply } from '../resp/reply.js'
import type { PushListener } from '../transport/replica-transport.js'
import { NearCache } from './near-cache.js'
import type { Fill } from './near-entry.js'
import { checkNearOptions } from './near-options.js'
import type { NearSpace } from './near-space.js'

const NODES = ['a', 'b']
const KEYS = ['x', 'y']
const HOUR = 3_600_000

/** What is on its way from a node to the reader: an answer, or news of a write. */
type OnItsWay = { readonly arrive: () => void; readonly write?: Write }

interface Line {
  readonly listener: PushListener
  readonly queue: OnItsWay[]
}

interface Write {
  readonly key: string
  readonly number: number
  /** Replicas that hold it, and those whose news of it have arrived, or are known to be lost. */
  readonly on: Set<string>
  readonly told: Set<string>
}

interface Read {
  readonly fill: Fill
  /** What one replica has shown. */
  shown: number | undefined
}

async function settle() {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

class Model {
  readonly clock = new ManualClock()
  readonly near: NearCache<number>
  readonly space: NearSpace<number>
  readonly lines = new Map<string, Line>()
  readonly held = new Map(NODES.map((node) => [node, new Map<string, number>()]))
  readonly writes: Write[] = []
  readonly reads: Read[] = []

  constructor() {
    const { clock, lines } = this
    const openPushes = (node: string, listener: PushListener) => {
      const line: Line = { listener, queue: [] }
      lines.set(node, line)
      const send = ([name]: readonly unknown[]) =>
        new Promise<Reply>((resolve) => line.queue.push({ arrive: () => resolve(name === 'PING' ? 'PONG' : 'OK') }))
      return { send, close: () => this.lose(node, line) }
    }
    const parts = { clock, transport: { openPushes }, random: () => 0.5, wallNow: () => clock.now() }
    const cluster = { parts, places: {}, nodes: NODES, ownersOf: () => NODES } as unknown as Cluster
    const options = checkNearOptions({
      ttl: Number.POSITIVE_INFINITY,
      negativeTtl: Number.POSITIVE_INFINITY,
      maxStaleness: HOUR / 1000,
    })
    this.near = new NearCache<number>(
      { cluster, root: 'r', options, placesHoldUntil: () => Number.POSITIVE_INFINITY },
      { opened: () => {}, lost: () => {}, refused: () => {} },
    )
    this.space = this.near.space('r')
  }

  /** A write reaches one replica: a new one the first, one under way the other. */
  write(key: string, node: string, isNew: boolean): void {
    let write = this.writes.find(({ on, ...each }) => each.key === key && !on.has(node))
    if (write === undefined || isNew) {
      write = { key, number: this.writes.length + 1, on: new Set(), told: new Set() }
      this.writes.push(write)
    }
    write.on.add(node)
    const held = this.held.get(node)!
    if ((held.get(key) ?? 0) > write.number) {
      // Refused, so never acknowledged: who wrote it goes past the newer one with another write.
      return
    }
    held.set(key, write.number)
    const line = this.lines.get(node)
    const push: Reply[] = [Buffer.from('invalidate'), [Buffer.from(`r:${key}`)]]
    if (line === undefined) write.told.add(node)
    else line.queue.push({ write, arrive: () => line.listener.onPush(push) })
  }

  begin(key: string): void {
    this.reads.push({ fill: this.near.begin(this.space, key), shown: undefined })
  }

  show(at: number, node: string): void {
    const read = this.reads[at % this.reads.length]
    if (read !== undefined) read.shown ??= this.held.get(node)!.get(read.fill.key) ?? 0
  }

  end(at: number): void {
    const read = this.reads[at % this.reads.length]
    if (read?.shown === undefined) return
    this.reads.splice(this.reads.indexOf(read), 1)
    const version = read.shown === 0 ? NO_VERSION : makeVersion(read.shown, 0, 0)
    const record =
      read.shown === 0
        ? undefined
        : valueRecord(version, { expiresAt: 0, grace: 0 }, [], { codec: 0, compressed: false, payload: version })
    const found: ReadResult = {
      record,
      stale: undefined,
      version,
      registers: [],
      tagged: NO_VERSION,
      answered: [],
      degraded: false,
    }
    this.near.end(this.space, read.fill, read.shown || undefined, found, [])
  }

  deliver(node: string, count: number): void {
    const line = this.lines.get(node)
    for (const { arrive, write } of line?.queue.splice(0, count) ?? []) {
      arrive()
      write?.told.add(node)
    }
  }

  lose(node: string, line = this.lines.get(node)): void {
    if (line === undefined || this.lines.get(node) !== line) return
    this.lines.delete(node)
    for (const { write } of line.queue) write?.told.add(node)
    line.listener.onClosed(new CacheConnectionError('lost'))
  }

  /** A write of which everything was told, and which is newer than what is answered near. */
  get broken(): string | undefined {
    for (const key of KEYS) {
      const entry = this.near.find(this.space, key)
      if (entry === undefined) continue
      const shown = entry.value ?? 0
      const newer = this.writes.find(
        (write) =>
          write.key === key &&
          write.number > shown &&
          NODES.every((node) => write.on.has(node) && write.told.has(node)),
      )
      if (newer !== undefined) return `${key} = ${shown}, though ${newer.number} is on both, and that was told`
    }
    return undefined
  }
}

type Step = (model: Model) => void
const key = fc.constantFrom(...KEYS)
const node = fc.constantFrom(...NODES)
const at = fc.nat(3)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(key, node, fc.boolean()).map(
      (args): Step =>
        (model) =>
          model.write(...args),
    ),
  },
  {
    weight: 6,
    arbitrary: key.map(
      (name): Step =>
        (model) =>
          model.begin(name),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(at, node).map(
      (args): Step =>
        (model) =>
          model.show(...args),
    ),
  },
  {
    weight: 6,
    arbitrary: at.map(
      (which): Step =>
        (model) =>
          model.end(which),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(node, fc.integer({ min: 1, max: 4 })).map(
      (args): Step =>
        (model) =>
          model.deliver(...args),
    ),
  },
  {
    weight: 1,
    arbitrary: node.map(
      (which): Step =>
        (model) =>
          model.lose(which),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(30, 3000).map(
      (ms): Step =>
        (model) =>
          model.clock.advance(ms),
    ),
  },
)

async function firstBroken(steps: readonly Step[], spoil: (model: Model) => void = () => {}) {
  const model = new Model()
  spoil(model)
  model.near.ears.wake()
  for (const each of NODES) model.deliver(each, 2)
  await settle()
  let kept = 0
  for (const each of steps) {
    each(model)
    await settle()
    const { broken } = model
    if (broken !== undefined) return broken
    kept = Math.max(kept, model.space.counts.fills)
  }
  await model.near.close()
  return kept
}

const histories = fc.array(step, { minLength: 20, maxLength: 80, size: 'max' })
const PARAMETERS = { numRuns: 1000, seed: 20261125 }

describe('what is kept near', () => {
  it('is never older than what was written and told of (a law)', async () => {
    let kept = 0
    await fc.assert(
      fc.asyncProperty(histories, async (steps) => {
        const outcome = await firstBroken(steps)
        if (typeof outcome === 'string') throw new Error(outcome)
        kept += outcome
      }),
      PARAMETERS,
    )
    // Nothing kept, nothing proved.
    expect(kept).toBeGreaterThan(100)
  })

  it.each<[string, (model: Model) => void]>([
    [
      'reads are not fenced',
      ({ space }) => {
        space.keyChanged = (name) => space.drop(name)
      },
    ],
    [
      'what a lost line may have hidden is kept',
      ({ near }) => {
        near.ears.haveHeard = () => true
      },
    ],
    [
      'one replica is listened to',
      ({ near }) => {
        const { ears } = near
        const haveHeard = ears.haveHeard.bind(ears)
        ears.haveHeard = (_nodes, stamp) => haveHeard(['a'], stamp)
        Reflect.set(ears, 'parts', { ...Reflect.get(ears, 'parts'), nodes: () => ['a'] })
      },
    ],
  ])('and the law is broken where %s', async (_what, spoil) => {
    const outcome = await fc.check(
      fc.asyncProperty(histories, async (steps) => typeof (await firstBroken(steps, spoil)) === 'number'),
      { ...PARAMETERS, numRuns: 1000, endOnFailure: true },
    )
    expect(outcome.failed).toBe(true)
  })
})
