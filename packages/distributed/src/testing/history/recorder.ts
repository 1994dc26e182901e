/**
 * Writes down what clients do to a cache and what they see, for the checkers: over a simulated network or over real
 * servers. Knows the cache by its interface only.
 */
import type { Cache } from '@mtaio/core'
import { CacheTransactionError } from '@mtaio/exceptions'
import type { Call, CallKind } from './call.js'

/** What is known of a call when it begins. */
export interface CallStart {
  readonly kind: CallKind
  readonly key?: string | undefined
  readonly prefix?: string | undefined
  readonly value?: string | undefined
  readonly tags?: readonly string[] | undefined
  /** ms */
  readonly life?: number | undefined
  readonly isFinal?: boolean | undefined
  readonly budgets?: number | undefined
  readonly spare?: number | undefined
  readonly lag?: number | undefined
}

/** What is known of a client whose calls are written down. */
export interface RecordedTraits {
  /** How long what is written lives, ms; Infinity where nothing expires during the history. @defaultValue Infinity */
  readonly life?: number | undefined
  /** By how much reads may be late, ms: as a rule, and once `prove` has resolved. @defaultValue 0 */
  readonly lag?: { readonly usual: number; readonly proven: number } | undefined
  /** Resolves when all that nodes had to say before has been heard. */
  readonly prove?: (() => Promise<void>) | undefined
}

/** Who is told of calls. */
export interface Witness {
  began(call: Call): void
  ended(call: Call): void
}

const AT_ONCE = { usual: 0, proven: 0 }
/** What hearing all news may take, ms. */
const PROOF = 10_000
/** So many leases of others are waited for. */
const MOST_LEASES = 3

/** Codes of a transaction that certainly did nothing. */
const WITHOUT_EFFECT = new Set(['CONFLICT', 'CROSS_PLACEMENT', 'CLOSED'])

export class HistoryRecorder {
  /** In the order in which they began. */
  readonly calls: Call[] = []
  private instant = 0

  /**
   * @param now - ms on a clock that does not go back
   * @param witness - told of every call as it begins and ends
   */
  constructor(
    private readonly now: () => number,
    private readonly witness?: Witness,
  ) {}

  /** Writes down calls that begin together, runs them, and writes down how they end. Never rejects. */
  async run(client: string, starts: readonly CallStart[], run: () => Promise<unknown>): Promise<void> {
    const calls = starts.map((start) => this.begin(client, start))
    try {
      this.end(calls, await run())
    } catch (error) {
      this.fail(calls, error)
    }
  }

  /** A call that begins now. */
  begin(client: string, start: CallStart): Call {
    const { kind, key, prefix = '', value, tags = [], life, isFinal = false, budgets = 1, spare = 0, lag = 0 } = start
    const call: Call = {
      kind,
      client,
      key,
      prefix,
      value,
      tags,
      life: life ?? Number.POSITIVE_INFINITY,
      start: this.instant++,
      end: Number.POSITIVE_INFINITY,
      startedAt: this.now(),
      endedAt: Number.POSITIVE_INFINITY,
      isVoid: false,
      error: undefined,
      isFinal,
      budgets,
      lag,
      spare,
    }
    this.calls.push(call)
    this.witness?.began(call)
    return call
  }

  /** Calls that end well now; reads with what they saw: a value, or for several keys a map. */
  end(calls: readonly Call[], answer: unknown): void {
    for (const call of calls) {
      if (call.kind === 'read')
        call.value = (answer instanceof Map ? answer.get(call.key) : answer) as string | undefined
      call.end = this.instant++
      call.endedAt = this.now()
      this.witness?.ended(call)
    }
  }

  /** Calls that fail now: of a write nobody knows whether it took effect, or will. */
  fail(calls: readonly Call[], error: unknown): void {
    for (const call of calls) {
      call.error = error
      call.endedAt = this.now()
      call.isVoid = call.kind === 'read' || (error instanceof CacheTransactionError && WITHOUT_EFFECT.has(error.code))
      this.witness?.ended(call)
    }
  }

  /** The load of a fill is over. What it loaded is stored from then on, or is not. */
  loaded(fill: Call): void {
    if (fill.endedAt === Number.POSITIVE_INFINITY) fill.endedAt = this.now()
  }

  /** Calls of a client that are under way may take longer: its process was stopped for so many ms. */
  excuse(client: string, ms: number): void {
    for (const call of this.calls) {
      if (call.client === client && call.endedAt === Number.POSITIVE_INFINITY) call.spare += ms
    }
  }

  /** A call whose client has died: it may take effect, and nobody waits for its end. */
  abandon(call: Call): void {
    call.endedAt = this.now()
    call.isVoid = call.kind === 'read'
  }

  /** A client whose calls are written down. */
  over(client: string, cache: Cache<string>, traits: RecordedTraits = {}): RecordedClient {
    return new RecordedClient(this, client, cache, traits)
  }
}

/** The verbs of one client. None of them rejects: what went wrong is in the history. */
export class RecordedClient {
  private readonly life: number
  private readonly lag: { readonly usual: number; readonly proven: number }
  private readonly prove: (() => Promise<void>) | undefined

  constructor(
    private readonly recorder: HistoryRecorder,
    private readonly client: string,
    private readonly cache: Cache<string>,
    { life = Number.POSITIVE_INFINITY, lag = AT_ONCE, prove }: RecordedTraits,
  ) {
    this.life = life
    this.lag = lag
    this.prove = prove
  }

  get(key: string, isFinal = false): Promise<void> {
    const lag = this.lag.usual
    return this.recorder.run(this.client, [{ kind: 'read', key, isFinal, lag }], () => this.cache.get(key))
  }

  /** Sees what had been acknowledged when this began: all news of that is heard first. */
  getAfterNews(key: string): Promise<void> {
    const start: CallStart = { kind: 'read', key, lag: this.lag.proven, spare: PROOF }
    return this.recorder.run(this.client, [start], async () => {
      await this.prove?.()
      return this.cache.get(key)
    })
  }

  getMany(keys: readonly string[], isFinal = false): Promise<void> {
    const starts = keys.map((key) => ({ kind: 'read', key, isFinal, lag: this.lag.usual }) as const)
    return this.recorder.run(this.client, starts, () => this.cache.getMany(keys))
  }

  set(key: string, value: string, tags: readonly string[] = []): Promise<void> {
    const start: CallStart = { kind: 'write', key, value, tags, life: this.life }
    return this.recorder.run(this.client, [start], () => this.cache.set(key, value, { tags, ...this.ttl }))
  }

  /** Several keys to one value each, at once or not at all. */
  commit(pairs: ReadonlyMap<string, string>): Promise<void> {
    const starts = [...pairs].map(([key, value]) => ({ kind: 'write', key, value, life: this.life }) as const)
    return this.recorder.run(this.client, starts, () =>
      this.cache.transaction((txn) => txn.setMany(pairs, this.ttl), { retries: 0 }),
    )
  }

  delete(key: string): Promise<void> {
    return this.recorder.run(this.client, [{ kind: 'delete', key }], () => this.cache.delete(key))
  }

  clear(): Promise<void> {
    return this.recorder.run(this.client, [{ kind: 'clear' }], () => this.cache.clear())
  }

  deleteByPrefix(prefix: string): Promise<void> {
    return this.recorder.run(this.client, [{ kind: 'clear', prefix }], () => this.cache.deleteByPrefix(prefix))
  }

  deleteByTag(tag: string): Promise<void> {
    return this.recorder.run(this.client, [{ kind: 'invalidate', tags: [tag] }], () => this.cache.deleteByTag(tag))
  }

  /** Restarts a life. The value stays, so that is no write. */
  async touch(key: string): Promise<void> {
    await this.cache.touch(key, this.ttl.ttl).catch(() => undefined)
  }

  /**
   * A load, if the key is absent. What it loads counts as written when the load began, and only if it was stored: nobody
   * is told, so as a write it never ends.
   *
   * @param value - what is loaded; unique
   * @param load - resolves after a while
   * @param spare - ms that the load takes at most
   * @param lease - where clients share one load: for how long one of them may load, ms
   */
  async getOrSet(key: string, value: string, load: () => Promise<void>, spare: number, lease?: number): Promise<void> {
    const { recorder, client } = this
    const sharing = lease === undefined ? { budgets: 2, spare } : { budgets: 6, spare: spare + MOST_LEASES * lease }
    const read = recorder.begin(client, { kind: 'read', key, lag: this.lag.usual, ...sharing })
    try {
      const seen = await this.cache.getOrSet(
        key,
        async () => {
          const fill = recorder.begin(client, { kind: 'fill', key, value, life: this.life, spare })
          try {
            await load()
          } finally {
            recorder.loaded(fill)
          }
          return value
        },
        lease === undefined ? this.ttl : { ...this.ttl, singleFlight: 'cluster', lease: lease / 1000 },
      )
      recorder.end([read], seen)
      // What this client loads is handed to whoever waits for it; that says nothing of what is stored.
      read.isVoid = recorder.calls.some((call) => call.kind === 'fill' && call.value === seen && call.client === client)
    } catch (error) {
      recorder.fail([read], error)
    }
  }

  private get ttl(): { ttl?: number } {
    return this.life < Number.POSITIVE_INFINITY ? { ttl: this.life / 1000 } : {}
  }
}
