/**
 * Clients of one cluster, a source of truth and all that can happen to them at once, with the laws that no order of events may
 * break. Calls take time here, so each change has a beginning and an end:
 *
 * 1. Who calls after a change has ended is served no value from the cache that was read from the source, or stored, before it began.
 * 2. A load that began before a change and answered after its end is never served from the cache. That holds for `touch`, too, which
 *    takes no value away.
 * 3. Who calls after a change of the same client has ended waits for no load that began before it, nor is told its failure.
 * 4. In the end nothing is under way.
 *
 * Only what `expireByTag` ended may still be answered, to those who allow stale values. Time in the laws is the order of events, counted.
 */
import type { LoadContext } from '@mtaio/core'
import { ManualClock } from '@mtaio/core/testing'
import type fc from 'fast-check'
import { assemble } from '../src/client/assemble.js'
import { DistributedView } from '../src/client/distributed-view.js'
import { checkDistributedOptions } from '../src/client/options.js'
import { SimulatedNetwork } from '../src/testing/simulated-network.js'
import { type Action, KEYS, type Place, TAGS_OF, VARIANTS } from './interleaved-actions.js'
import { ScheduledNetwork } from './scheduled-network.js'
import type { QuorumOptions } from './simulated-clients.js'

const NODES = ['a:1', 'b:1', 'c:1']
const EPOCH = 1_700_000_000_000
const NEVER = Number.POSITIVE_INFINITY
/** Rounds of waiting at the end, and how long each is, ms: less than makes clients ask other nodes meanwhile. */
const MOST_ROUNDS = 400
const ROUND = 5

/** What is known of a value, by its number, which is what the cache holds. */
interface Value {
  /** When its load began, was read and answered; or when its `set` began and ended. */
  readonly began: number
  at: number
  answered: number
  /** Which load it is of, as long as that could be joined. */
  readonly flight: unknown
  readonly isLoaded: boolean
}

interface Change {
  readonly kind: Action['do']
  readonly client: number
  readonly began: number
  ended: number
}

class LoadFailure extends Error {
  /** @param at - when each key was read */
  constructor(readonly at: Readonly<Record<string, number>>) {
    super('the source is down')
  }
}

export class InterleavedCluster {
  /** Laws that were broken. */
  readonly broken: string[] = []
  /** What happened, in order. */
  readonly log: string[] = []
  private readonly clock = new ManualClock()
  private wall = EPOCH
  private readonly values: Value[] = []
  private readonly changes: Readonly<Record<Place, Map<string, Change[]>>> = { root: new Map(), view: new Map() }
  private readonly clients: Readonly<Record<Place, DistributedView<number>>>[]
  private readonly outcomes: Promise<unknown>[] = []
  private open = 0
  private now = 0

  constructor(
    private readonly scheduler: fc.Scheduler,
    quorum: QuorumOptions,
  ) {
    const wallNow = () => this.wall
    const nodes = new SimulatedNetwork(NODES, wallNow, this.clock)
    this.clients = [0, 1].map((client) => {
      const options = checkDistributedOptions({ nodes: NODES, namespace: 'test', ...quorum })
      const transport = new ScheduledNetwork(nodes, scheduler, `client ${client}`)
      const around = { transport, clock: this.clock, wallNow, random: () => 0.5, writer: client + 1 }
      const { verbs, viewOf, state } = assemble<number>(options, around, {
        nodeDown: () => this.broke('a node was taken for down'),
        nodeUp: () => undefined,
        degraded: () => this.broke('a call went on without a quorum'),
      })
      const root = new DistributedView<number>({ verbs, defaultTtl: options.defaultTtl, viewOf, state })
      const faces = { root, view: root.namespace('n') }
      for (const face of Object.values(faces)) {
        face.on('error', (error) => {
          if (!((error as Error).cause instanceof LoadFailure)) this.broke(`an unexpected error: ${String(error)}`)
        })
      }
      return faces
    })
  }

  /** Runs all of it, in an order that the scheduler chooses, to its end. */
  async run(actions: readonly Action[]): Promise<void> {
    this.scheduler.scheduleSequence(
      actions.map((action) => ({ label: action.do, builder: async () => void this.soon(action) })),
    )
    await this.settle()
    if (this.open > 0) this.broke(`${this.open} calls have not ended`)
    for (const [number, faces] of this.clients.entries()) {
      for (const place of ['root', 'view'] as const) {
        for (const key of KEYS) this.get(number, place, key)
      }
      await this.settle()
      for (const face of Object.values(faces)) {
        const stopped = face.stop()
        await this.settle()
        await stopped
      }
    }
    await Promise.all(this.outcomes)
  }

  /** Until nothing is on its way, nor waits for time. */
  private async settle(): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      await this.scheduler.waitIdle()
      await new Promise((resolve) => setImmediate(resolve))
      if (this.open === 0 && this.scheduler.count() === 0) return
      this.clock.advance(ROUND)
    }
  }

  private async soon(action: Action): Promise<void> {
    try {
      for (let hop = 0; hop < action.hops; hop++) await undefined
      this.perform(action)
    } catch (error) {
      this.broke(`${action.do} failed: ${String(error)}`)
    }
  }

  private perform(action: Action): void {
    const { client, place } = action
    const cache = this.clients[client]![place]
    this.tick(`${action.do} ${JSON.stringify(action)}`)
    switch (action.do) {
      case 'get':
        return this.get(client, place, action.key)
      case 'load':
        return this.load(client, place, action)
      case 'loadMany':
        return this.loadMany(client, place, action)
      case 'set': {
        const value = this.newValue(false)
        const written = cache.set(action.key, value, { tags: TAGS_OF[action.key], ttl: 50 })
        return this.change(action, [action.key], written, () => {
          this.values[value]!.at = this.now
        })
      }
      case 'delete':
        return this.change(action, [action.key], cache.delete(action.key))
      case 'touch':
        return this.change(action, [action.key], cache.touch(action.key, 50))
      case 'clear':
        return this.change(action, KEYS, cache.clear(), undefined, place === 'root' ? ['root', 'view'] : ['view'])
      case 'deleteByTag':
        return this.change(action, tagged(action.tag), cache.deleteByTag(action.tag))
      case 'deleteByTags':
        return this.change(action, KEYS, cache.deleteByTags(['t', 'u']))
      case 'expireByTag':
        return this.change(action, tagged(action.tag), cache.expireByTag(action.tag))
      case 'deleteByPrefix':
        return this.change(
          action,
          KEYS.filter((key) => key.startsWith(action.prefix)),
          cache.deleteByPrefix(action.prefix),
        )
      case 'advance':
        this.wall += action.ms
    }
  }

  private change(
    { do: kind, client, place }: Action,
    keys: readonly string[],
    done: Promise<unknown>,
    onEnd?: () => void,
    places: readonly Place[] = [place],
  ): void {
    const change: Change = { kind, client, began: this.now, ended: NEVER }
    for (const each of places) {
      for (const key of keys) this.changes[each].set(key, [...(this.changes[each].get(key) ?? []), change])
    }
    this.track(done, (answer) => {
      this.tick(`${kind} has ended`)
      onEnd?.()
      // What touched nothing has changed nothing.
      if (kind !== 'touch' || answer === true) change.ended = this.now
    })
  }

  private get(client: number, place: Place, key: string): void {
    const judge = this.judge(client, place, key, 'get')
    this.track(this.clients[client]![place].get(key), (found) => {
      if (found !== undefined) judge(found)
    })
  }

  private load(
    client: number,
    place: Place,
    { key, variant, fails, late, slow }: Extract<Action, { do: 'load' }>,
  ): void {
    const options = { ...VARIANTS[variant], tags: late ? undefined : TAGS_OF[key] }
    const judge = this.judge(client, place, key, variant)
    const load = (context: LoadContext<number>) => {
      const flight = this.flightOf(client, place, key)
      return this.read(context.key, flight, fails, slow, late ? context : undefined)
    }
    this.track(this.clients[client]![place].getOrSet(key, load, options), judge, judge)
  }

  private loadMany(
    client: number,
    place: Place,
    { variant, fails, late, slow }: Extract<Action, { do: 'loadMany' }>,
  ): void {
    const judges = KEYS.map((key) => [key, this.judge(client, place, key, variant)] as const)
    const found = this.clients[client]![place].getOrSetMany(
      KEYS,
      async (keys, context) => {
        if (!late) for (const key of keys) context.of(key).setTags(TAGS_OF[key]!)
        const read = await Promise.all(
          keys.map(async (key) => {
            const flight = this.flightOf(client, place, key)
            return [key, await this.read(key, flight, false, slow, late ? context.of(key) : undefined)] as const
          }),
        )
        if (fails) throw new LoadFailure(Object.fromEntries(read.map(([key, value]) => [key, this.values[value]!.at])))
        return read
      },
      variant === 'cluster' ? VARIANTS.plain : VARIANTS[variant],
    )
    // A batch fails as a whole, for whichever of its keys: only that it was for want of the source can be said.
    const failed = (error: unknown) => {
      if (!(error instanceof LoadFailure)) judges[0]![1](error)
    }
    const checked = (answer: ReadonlyMap<string, number>) => {
      for (const [key, judge] of judges) judge(answer.get(key))
    }
    this.track(found, checked, failed)
  }

  /** The source: read at one moment, which others come before and after. */
  private async read(
    key: string,
    flight: unknown,
    fails: boolean,
    slow: number,
    context: LoadContext<number> | undefined,
  ): Promise<number> {
    const number = this.newValue(true, flight)
    const value = this.values[number]!
    await this.scheduler.schedule(Promise.resolve(), `read ${key}`)
    value.at = this.tick(`read ${key}`)
    for (let step = 0; step <= slow; step++) await this.scheduler.schedule(Promise.resolve(), `answer ${key}`)
    context?.setTags(TAGS_OF[key]!)
    value.answered = this.tick(`answer ${key}`)
    if (fails) throw new LoadFailure({ [key]: value.at })
    return number
  }

  /** Laws 1 to 3, for a call that begins now. */
  private judge(client: number, place: Place, key: string, variant: string): (outcome: unknown) => void {
    const called = this.now
    const joinable = this.flightOf(client, place, key)
    const allowsStale = variant.startsWith('stale')
    const all = () => this.changes[place].get(key) ?? []
    const before = () =>
      all().filter(({ ended, kind }) => ended <= called && kind !== 'touch' && !(allowsStale && kind === 'expireByTag'))
    const told = (at: number, changes: readonly Change[], what: string) => {
      const broken = changes.find(({ began }) => at < began)
      if (broken === undefined) return
      const { kind, client: by, began, ended } = broken
      this.broke(
        `${what}: ${variant} of ${key} by client ${client} at ${called} got what is of ${at}, before ${kind} by ${by} from ${began} to ${ended}`,
      )
    }
    return (outcome) => {
      if (outcome instanceof LoadFailure) {
        const own = before().filter((change) => change.client === client)
        return told(outcome.at[key] ?? NEVER, own, 'law 3')
      }
      if (typeof outcome !== 'number') return this.broke(`${variant} of ${key} failed: ${String(outcome)}`)
      const value = this.values[outcome]!
      const { began, at, answered, flight, isLoaded } = value
      // It came from a load that was under way, not from the cache: not answered yet, or not stored.
      const isFresh = isLoaded && (answered > called || (flight !== undefined && flight === joinable))
      if (isFresh)
        return told(
          at,
          before().filter((change) => change.client === client),
          'law 3',
        )
      told(at, before(), 'law 1')
      const overtook = all().find((change) => isLoaded && began < change.began && answered > change.ended)
      if (overtook !== undefined && !(allowsStale && overtook.kind === 'expireByTag')) {
        this.broke(
          `law 2: a load of ${key} from ${began} to ${answered} is served at ${called}, after ${overtook.kind}`,
        )
      }
    }
  }

  /** The load under way that callers of this client would join. */
  private flightOf(client: number, place: Place, key: string): unknown {
    const { loader } = Reflect.get(this.clients[client]![place], 'state')
    return Reflect.get(loader, 'flights').joinableFor(key)
  }

  private newValue(isLoaded: boolean, flight?: unknown): number {
    const began = this.tick(isLoaded ? 'a load begins' : 'a set begins')
    // What is being set counts as stored when it has ended: it may take effect until then.
    return this.values.push({ began, at: isLoaded ? began : NEVER, answered: NEVER, flight, isLoaded }) - 1
  }

  private track<R>(call: Promise<R>, done: (answer: R) => void, failed?: (error: unknown) => void): void {
    this.open++
    const end = call.then(done, failed ?? ((error: unknown) => this.broke(`a call failed: ${String(error)}`)))
    this.outcomes.push(end.finally(() => this.open--))
  }

  private tick(event: string): number {
    this.log.push(event)
    return ++this.now
  }

  private broke(law: string): void {
    this.broken.push(law)
  }
}

function tagged(tag: string): string[] {
  return KEYS.filter((key) => TAGS_OF[key]!.includes(tag))
}
