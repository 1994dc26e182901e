/**
 * A local cache before the nodes that is emptied by their news (docs/near-cache.md). An entry answers as long as every node that
 * owns its key has been listened to since before it was read, which a comparison of counts tells; what a broken line may have
 * hidden, or a node that hangs, is past that at once. Entries that answer no more stay where they are until they are read anew, for
 * the case that no node is in reach at all.
 */
import { type Clock, TTLCache } from '@mtaio/core'
import { CacheQuorumError } from '@mtaio/exceptions'
import type { Cluster } from '../coordinator/cluster.js'
import { isOutOfReach } from '../coordinator/out-of-reach.js'
import type { ReadResult } from '../coordinator/read-request.js'
import type { EarEvents } from './ear.js'
import { Ears } from './ears.js'
import type { Fill, NearEntry } from './near-entry.js'
import type { CheckedNearOptions } from './near-options.js'
import { NearSpace } from './near-space.js'
import { type Audience, prefixesOf, registerName, spread } from './news.js'

export interface NearParts {
  readonly cluster: Cluster
  /** The cache's own namespace, above all others. */
  readonly root: string
  readonly options: CheckedNearOptions
  /** Until when this client may go by what it knows of the nodes, ms. */
  readonly placesHoldUntil: () => number
}

/** An entry that may not hold any more, and since when that is not known, ms. */
export interface StaleEntry<T> {
  readonly entry: NearEntry<T>
  readonly age: number
}

export type NearEvents = Pick<EarEvents, 'opened' | 'lost' | 'refused'>

/** What a record without a payload holds. */
const NO_BYTES = new Uint8Array(0)

export class NearCache<T> {
  readonly ears: Ears
  private readonly entries: TTLCache<NearEntry<T>>
  private readonly spaces = new Map<string, NearSpace<T>>()
  private readonly clock: Clock
  private readonly cluster: Cluster
  private readonly options: CheckedNearOptions
  /** Where keys lie, and the count of ears since which they lie there. */
  private places
  private placesSince = 0
  /** By how much the wall clock is ahead of the other one, ms, as of the last proof or fill: a hit looks at one clock only. */
  private wallAhead = 0

  constructor({ cluster, root, options, placesHoldUntil }: NearParts, events: NearEvents) {
    const { clock, transport, random } = cluster.parts
    this.clock = clock
    this.cluster = cluster
    this.options = options
    this.places = cluster.places
    const { maxSize, maxMemory, evictionPolicy, maxStaleness } = options
    this.entries = new TTLCache<NearEntry<T>>({ maxSize, maxMemory, evictionPolicy, name: 'near', clock })
    const audience = this.audienceOf(root)
    this.ears = new Ears(
      {
        ...{ transport, clock, random, placesHoldUntil, prefixes: prefixesOf(root), patience: maxStaleness },
        nodes: () => cluster.nodes,
        refreshPlaces: () => void cluster.beforeCall?.(cluster.budget())?.catch(() => undefined),
      },
      { ...events, heard: (push) => spread(push, audience), proven: () => this.lookAtWall() },
    )
  }

  /** The entries of a namespace, made when first asked for. */
  space(path: string): NearSpace<T> {
    let space = this.spaces.get(path)
    if (space === undefined) {
      const [, ...names] = path.split('/')
      const view = names.reduce<{
        sync: TTLCache<NearEntry<T>>['sync']
        namespace: TTLCache<NearEntry<T>>['namespace']
      }>((above, name) => above.namespace(name), this.entries)
      space = new NearSpace(view.sync)
      this.spaces.set(path, space)
    }
    return space
  }

  /** What is known of a key, if it is certain to hold. Counts as a use of the entry. */
  find(space: NearSpace<T>, key: string): NearEntry<T> | undefined {
    const now = this.clock.now()
    const entry = space.use(key, now)
    return entry !== undefined && this.holds(entry, now) ? entry : undefined
  }

  /** The same, and counts as nothing. */
  glance(space: NearSpace<T>, key: string): NearEntry<T> | undefined {
    const now = this.clock.now()
    const entry = space.peek(key, now)
    return entry !== undefined && this.holds(entry, now) ? entry : undefined
  }

  /** Comparisons, as a rule: what they rest on is reckoned when it changes. */
  private holds(entry: NearEntry<T>, now: number): boolean {
    const { ears } = this
    const isSure = entry.checkedAt === ears.count && now < ears.provenUntil && this.cluster.places === this.places
    return (isSure || this.isHeard(entry)) && entry.expiresAt > now + this.wallAhead
  }

  /** A read of a key begins at the nodes. */
  begin(space: NearSpace<T>, key: string): Fill {
    this.followPlaces()
    this.ears.wake()
    return space.begin(key, this.ears.count)
  }

  /**
   * The read is answered: kept is what is certain to be told of when it changes.
   *
   * @param tags - registers of the record's tags
   */
  end(space: NearSpace<T>, fill: Fill, value: T | undefined, found: ReadResult, tags: readonly string[]): void {
    const { key, stamp } = fill
    const expiresAt = found.record?.expiresAt || Number.POSITIVE_INFINITY
    const left = expiresAt - this.lookAtWall()
    const ms = Math.min(value === undefined ? this.options.negativeTtl : this.options.ttl, left)
    const owners = this.cluster.ownersOf(key)
    this.followPlaces()
    if (!(ms > 0) || found.degraded || stamp < this.placesSince || !this.ears.haveHeard(owners, stamp)) {
      space.leave(fill)
      // It was true before this read, and may be no more.
      space.drop(key)
      return
    }
    const { record, version, registers, tagged } = found
    const result: ReadResult = {
      record: record && { ...record, version: record.version.slice(), payload: NO_BYTES },
      stale: undefined,
      version: version.slice(),
      registers: space.shared(registers),
      tagged: tagged.slice(),
      answered: NOBODY,
      degraded: false,
    }
    const entry: NearEntry<T> = { value, result, expiresAt, owners, stamp, checkedAt: this.ears.count }
    const graceMs = Math.max(0, Math.min(this.options.outage, left - ms))
    space.end(fill, entry, { ms, graceMs }, tags.map(registerName))
  }

  /**
   * What still answers for a key when its read has failed with `error`: where no node at all is in reach, and only for so long.
   *
   * @param began - when the read did, ms
   */
  inOutage(space: NearSpace<T>, key: string, error: unknown, began: number): StaleEntry<T> | undefined {
    const { outage } = this.options
    if (outage === 0 || !isOutage(error) || !this.ears.isSilentSince(began)) return undefined
    const entry = space.kept(key)
    if (entry === undefined || entry.stamp < this.placesSince) return undefined
    const heardUntil = this.ears.heardUntil(entry.owners, entry.stamp)
    if (heardUntil === undefined || entry.expiresAt <= this.cluster.parts.wallNow()) return undefined
    const age = Math.max(0, this.clock.now() - heardUntil)
    return age > outage ? undefined : { entry, age }
  }

  async close(): Promise<void> {
    this.ears.close()
    for (const space of this.spaces.values()) space.overtakeAll()
    await this.entries[Symbol.asyncDispose]()
  }

  private isHeard(entry: NearEntry<T>): boolean {
    this.followPlaces()
    if (entry.stamp < this.placesSince || !this.ears.haveHeard(entry.owners, entry.stamp)) return false
    entry.checkedAt = this.ears.count
    return true
  }

  /** The time on the wall, epoch ms. */
  private lookAtWall(): number {
    const wall = this.cluster.parts.wallNow()
    // Whole milliseconds may have been cut off: rather early than late.
    this.wallAhead = wall + 1 - this.clock.now()
    return wall
  }

  /** Where keys lie elsewhere than before, others would tell of them. */
  private followPlaces(): void {
    if (this.places === this.cluster.places) return
    this.places = this.cluster.places
    this.placesSince = ++this.ears.count
  }

  private audienceOf(root: string): Audience {
    return {
      keyChanged: (path, key) => this.spaces.get(path)?.keyChanged(key),
      tagChanged: (path, register) => this.spaces.get(path)?.tagChanged(register),
      namespaceChanged: (path) => this.clear(path),
      everythingChanged: () => this.clear(root),
    }
  }

  /** A namespace and those below it are empty from now on. */
  clear(path: string): void {
    this.spaces.get(path)?.clear()
    for (const [each, space] of this.spaces) if (each.startsWith(`${path}/`)) space.clear()
  }
}

const NOBODY: readonly string[] = []

/** Whether an error says that nobody was there to be asked. */
function isOutage(error: unknown): boolean {
  return error instanceof CacheQuorumError ? error.acknowledged === 0 : isOutOfReach(error)
}
