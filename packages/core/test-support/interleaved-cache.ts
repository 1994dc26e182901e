/**
 * A cache, a source of truth and all that can happen to both at once, with the laws that no order of events may break:
 *
 * 1. A load that began before its key was changed, or a tag of its value invalidated, is never stored.
 * 2. What a cache answers was read after every change and invalidation that came before the call: values, and failures
 *    that it remembers. Only what `expireByTag` ended may still be answered, to those who allow stale values.
 * 3. In the end nothing is under way and nobody watches any more.
 *
 * Time in the laws is the order of events, counted.
 */
import type fc from 'fast-check'
import type { LoadContext } from '../src/cache.js'
import type { LocalCache } from '../src/local-cache.js'
import { ManualClock } from '../src/testing/manual-clock.js'
import { TTLCache } from '../src/ttl-cache.js'
import { type Action, KEYS, type Place, TAGS_OF, VARIANTS } from './interleaved-actions.js'

interface Value {
  readonly key: string
  /** When its load began, and when it was read or stored. */
  readonly began: number
  at: number
  readonly isLoaded: boolean
  /** Keys that the transaction which wrote it also deletes. */
  readonly deletes: readonly string[]
}

class LoadFailure extends Error {
  /** @param at - when each key was read */
  constructor(readonly at: Readonly<Record<string, number>>) {
    super('the source is down')
  }
}

/** What was done to one namespace, and when last. */
class Changes {
  readonly hard = new Map<string, number>()
  readonly touched = new Map<string, number>()
  readonly deletedTags = new Map<string, number>()
  readonly expiredTags = new Map<string, number>()

  /** The last event that makes older values of a key wrong. */
  lastHard(key: string): number {
    return latest(this.hard, [key], latest(this.deletedTags, TAGS_OF[key]!))
  }

  lastSoft(key: string): number {
    return latest(this.expiredTags, TAGS_OF[key]!)
  }

  last(key: string): number {
    return Math.max(this.lastHard(key), this.lastSoft(key), this.touched.get(key) ?? 0)
  }
}

function latest(events: ReadonlyMap<string, number>, names: readonly string[], otherwise = 0): number {
  return Math.max(otherwise, ...names.map((name) => events.get(name) ?? 0))
}

/** Hears of each value that is loaded before it is stored, as a user's hook may, and takes its time. */
class HookedCache extends TTLCache<Value> {
  onLoaded: ((value: Value) => Promise<void>) | undefined

  protected override async preSet(_key: string, value: Value): Promise<undefined> {
    if (value.isLoaded) await this.onLoaded?.(value)
    return undefined
  }
}

export class InterleavedCache {
  /** Laws that were broken. */
  readonly broken: string[] = []
  /** What happened, in order. */
  readonly log: string[] = []
  private readonly clock = new ManualClock()
  private readonly root: TTLCache<Value>
  private readonly caches: Readonly<Record<Place, LocalCache<Value>>>
  private readonly changes: Readonly<Record<Place, Changes>> = { root: new Changes(), view: new Changes() }
  private readonly outcomes: Promise<unknown>[] = []
  private readonly callers = new Map<string, AbortController[]>()
  private now = 0

  constructor(
    private readonly scheduler: fc.Scheduler,
    hooked: boolean,
  ) {
    this.root = hooked ? new HookedCache({ clock: this.clock }) : new TTLCache({ clock: this.clock })
    if (this.root instanceof HookedCache) this.root.onLoaded = ({ key }) => this.pause(`hook ${key}`)
    this.caches = { root: this.root, view: this.root.namespace('n') }
    for (const place of ['root', 'view'] as const) {
      this.caches[place].on('set', (key, value) => this.stored(place, key, value))
      // A refresh that fails is told here; nothing else may be.
      this.caches[place].on('error', (error) => {
        if (!((error as Error).cause instanceof LoadFailure)) this.broke(`an unexpected error: ${String(error)}`)
      })
    }
  }

  /** Runs all of it, in an order that the scheduler chooses, to its end. */
  async run(actions: readonly Action[]): Promise<void> {
    this.scheduler.scheduleSequence(
      actions.map((action) => ({ label: action.do, builder: async () => void this.soon(action) })),
    )
    // Timers that are due only once everything else has ended.
    for (let round = 0; round < 3; round++) {
      await this.scheduler.waitIdle()
      await settle()
      this.clock.advance(10)
    }
    await Promise.all(this.outcomes)
    for (const place of ['root', 'view'] as const) {
      for (const key of KEYS) {
        this.look(place, key)
        if ((await this.caches[place].inspect(key)).isLoading) this.broke(`a load of ${key} has not ended`)
      }
    }
    await this.root[Symbol.asyncDispose]()
    for (const space of this.root.sync.space.family()) if (space.watchers.any) this.broke('somebody still watches')
  }

  private async soon(action: Action): Promise<void> {
    try {
      for (let hop = 0; hop < action.hops; hop++) await undefined
      this.perform(action)
      for (const key of KEYS) this.look(action.place, key)
    } catch (error) {
      this.broke(`${action.do} failed: ${String(error)}`)
    }
  }

  private perform(action: Action): void {
    const { place } = action
    const cache = this.caches[place]
    const changes = this.changes[place]
    const now = this.tick(
      `${action.do} ${'key' in action ? action.key : ''}${'tag' in action ? action.tag : ''} ${place}`,
    )
    switch (action.do) {
      case 'load':
        return this.load(place, action)
      case 'loadMany':
        return this.loadMany(place, action)
      case 'leave':
        return this.callers
          .get(place + action.key)
          ?.pop()
          ?.abort(new Error('left'))
      case 'set':
        // `hard` is noted when it is stored: a hook may take its time before.
        return this.expectDone(cache.set(action.key, this.written(action.key), { tags: TAGS_OF[action.key], ttl: 5 }))
      case 'delete':
        changes.hard.set(action.key, now)
        return this.expectDone(cache.delete(action.key))
      case 'touch':
        if (cache.sync.touch(action.key, 5)) changes.touched.set(action.key, now)
        return undefined
      case 'clear':
        for (const key of KEYS) {
          changes.hard.set(key, now)
          if (place === 'root') this.changes.view.hard.set(key, now)
        }
        return this.expectDone(cache.clear())
      case 'deleteByTag':
        changes.deletedTags.set(action.tag, now)
        return this.expectDone(cache.deleteByTag(action.tag))
      case 'deleteByTags':
        for (const tag of ['t', 'u']) changes.deletedTags.set(tag, now)
        return this.expectDone(cache.deleteByTags(['t', 'u']))
      case 'expireByTag':
        changes.expiredTags.set(action.tag, now)
        return this.expectDone(cache.expireByTag(action.tag))
      case 'deleteByPrefix':
        for (const key of KEYS) if (key.startsWith(action.prefix)) changes.hard.set(key, now)
        return this.expectDone(cache.deleteByPrefix(action.prefix))
      case 'transaction':
        return this.expectDone(this.transact(place, action.key, action.other))
      case 'advance':
        return this.clock.advance(action.ms)
    }
  }

  private load(place: Place, { key, variant, fails, late }: Extract<Action, { do: 'load' }>): void {
    const controller = new AbortController()
    const waiting = this.callers.get(place + key) ?? []
    this.callers.set(place + key, [...waiting, controller])
    const tags = late ? undefined : TAGS_OF[key]
    const options = { ...VARIANTS[variant], tags, signal: controller.signal }
    const check = this.judge(place, key, variant, controller.signal)
    const load = (context: LoadContext<Value>) => this.read(context.key, fails, late ? context : undefined)
    this.outcomes.push(this.caches[place].getOrSet(key, load, options).then(check, check))
  }

  private loadMany(place: Place, { variant, fails, late }: Extract<Action, { do: 'loadMany' }>): void {
    // Each key has tags of its own, so they are told to each.
    const checks = KEYS.map((key) => [key, this.judge(place, key, variant)] as const)
    const outcome = this.caches[place].getOrSetMany(
      KEYS,
      async (keys, context) => {
        if (!late) for (const key of keys) context.of(key).setTags(TAGS_OF[key]!)
        const read = await Promise.all(keys.map((key) => this.read(key, false, late ? context.of(key) : undefined)))
        if (fails) throw new LoadFailure(Object.fromEntries(read.map(({ key, at }) => [key, at])))
        return read.map((value) => [value.key, value] as const)
      },
      VARIANTS[variant],
    )
    // A batch fails as a whole, for whichever of its keys: only that it was for want of the source can be said.
    const failed = (error: unknown) => {
      if (!(error instanceof LoadFailure)) checks[0]![1](error)
    }
    const checked = (found: ReadonlyMap<string, Value>) => {
      for (const [key, check] of checks) check(found.get(key))
    }
    this.outcomes.push(outcome.then(checked, failed))
  }

  /** The source: read at one moment, which others come before and after. */
  private async read(key: string, fails: boolean, context: LoadContext<Value> | undefined): Promise<Value> {
    const began = this.tick(`begin ${key}`)
    await this.pause(`read ${key}`)
    const at = this.tick(`read ${key}`)
    await this.pause(`answer ${key}`)
    context?.setTags(TAGS_OF[key]!)
    if (fails) throw new LoadFailure({ [key]: at })
    return { key, began, at, isLoaded: true, deletes: [] }
  }

  private async transact(place: Place, key: string, other: string): Promise<void> {
    await using txn = this.caches[place].transaction()
    await txn.get(key)
    await this.pause('in a transaction')
    await txn.set(key, this.written(key, key === other ? [] : [other]), { tags: TAGS_OF[key], ttl: 5 })
    if (key !== other) await txn.delete(other)
    await this.pause('before a commit')
    await txn.commit().catch((error) => {
      if (error.code !== 'CONFLICT') throw error
    })
  }

  private written(key: string, deletes: readonly string[] = []): Value {
    return { key, began: this.now, at: this.now, isLoaded: false, deletes }
  }

  /** Law 1. */
  private stored(place: Place, key: string, value: Value): void {
    const changes = this.changes[place]
    const last = changes.last(key)
    if (value.isLoaded) {
      if (value.began < last) this.broke(`a load of ${key} that began at ${value.began} was stored after ${last}`)
      this.log.push(`fill ${key}`)
      return
    }
    value.at = this.tick(`stored ${key}`)
    for (const changed of [key, ...value.deletes]) changes.hard.set(changed, value.at)
  }

  /** Law 2, of a value that lies in the cache. */
  private look(place: Place, key: string): void {
    const value = this.caches[place].sync.peek(key)
    const changes = this.changes[place]
    const last = Math.max(changes.lastHard(key), changes.lastSoft(key))
    if (value !== undefined && value.at < last) this.broke(`${key} of ${value.at} is served after ${last}`)
  }

  /** Law 2, of what a call is answered that begins now. */
  private judge(place: Place, key: string, variant: string, signal?: AbortSignal): (outcome: unknown) => void {
    const changes = this.changes[place]
    const hard = changes.lastHard(key)
    const soft = variant.startsWith('stale') || variant === 'softTimeout' ? 0 : changes.lastSoft(key)
    return (outcome) => {
      const at = outcome instanceof LoadFailure ? outcome.at[key] : (outcome as Partial<Value> | undefined)?.at
      if (at !== undefined) {
        if (at < Math.max(hard, soft))
          this.broke(`${variant} of ${key} answers what was read at ${at}, before ${hard}, ${soft}`)
      } else if (!signal?.aborted && (outcome as { code?: string } | undefined)?.code !== 'TIMEOUT') {
        this.broke(`${variant} of ${key} failed: ${String(outcome)}`)
      }
    }
  }

  private pause(label: string): Promise<void> {
    return this.scheduler.schedule(Promise.resolve(), label)
  }

  private tick(event: string): number {
    this.log.push(event)
    return ++this.now
  }

  private expectDone(outcome: Promise<unknown>): void {
    this.outcomes.push(outcome.catch((error) => this.broke(String(error))))
  }

  private broke(law: string): void {
    this.broken.push(law)
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))
