/**
 * Who may hold copies of what, and who is told when it changes: the server's half of client-side caching (CLIENT
 * TRACKING). A client is told once of a key that it has read, and again only after it has read it again; in broadcast
 * mode it is told of every change under its prefixes.
 *
 * Bounded: beyond `maxTracked` reads that are remembered, the oldest keys are dropped, and those who read them are told
 * as if they had changed. What is to be told waits until {@link settle} and {@link broadcast}, so that a message follows
 * the reply of the command that caused it. Knows no socket and no store.
 */
import { Push } from '../../resp/answer.js'
import type { KeyAudience } from '../watch-table.js'
import type { Subscriber, TrackingMode } from './subscriber.js'

/** One for each pair of a key and a client that has read it; as many keys as Redis tracks. */
export const DEFAULT_MAX_TRACKED = 1_000_000

const INVALIDATE = Buffer.from('invalidate')
const EVERYTHING = new Push([INVALIDATE, null])

export class Tracking implements KeyAudience {
  /** Reads that are remembered. */
  tracked = 0
  /** Keys that were dropped for want of room. */
  dropped = 0
  private readonly readers = new Map<string, Set<Subscriber>>()
  private readonly listeners = new Set<Subscriber>()
  private readonly subscribers = new Set<Subscriber>()
  private readonly pending: [to: Subscriber, message: Push][] = []
  /** Keys that those in broadcast mode are told of together. */
  private readonly heard = new Map<Subscriber, Set<string>>()
  private author: Subscriber | undefined
  private isOwn: (name: string) => boolean = () => false

  constructor(private readonly maxTracked: number = DEFAULT_MAX_TRACKED) {}

  /** Clients that track. */
  get clients(): number {
    return this.subscribers.size
  }

  /** Keys that are remembered. */
  get keys(): number {
    return this.readers.size
  }

  get prefixes(): number {
    return new Set([...this.listeners].flatMap(({ mode }) => mode.prefixes)).size
  }

  get isListening(): boolean {
    return this.subscribers.size > 0
  }

  /** Begins to track for a client, or goes on in the mode that it has now. */
  add(subscriber: Subscriber): void {
    this.subscribers.add(subscriber)
    if (subscriber.mode.broadcast) this.listeners.add(subscriber)
  }

  remove(subscriber: Subscriber): void {
    subscriber.isActive = false
    this.listeners.delete(subscriber)
    this.subscribers.delete(subscriber)
    this.heard.delete(subscriber)
    if (this.subscribers.size > 0) return
    this.readers.clear()
    this.tracked = 0
  }

  /** Changes from now on are the work of `author`, those of `isOwn` keys at least; others are evicted or expire. */
  attribute(author: Subscriber | undefined, isOwn: (name: string) => boolean): void {
    this.author = author
    this.isOwn = isOwn
  }

  /** The subscriber has read the key, whether there is a value or not. */
  remember(name: string, subscriber: Subscriber): void {
    const readers = this.readers.get(name)
    if (readers === undefined) this.readers.set(name, new Set([subscriber]))
    else if (readers.has(subscriber)) return
    else readers.add(subscriber)
    this.tracked++
    while (this.tracked > this.maxTracked) this.dropOldest()
  }

  changed(name: string): void {
    for (const listener of this.listeners) {
      if (!listener.hears(name) || this.isLoop(listener, name)) continue
      const heard = this.heard.get(listener)
      if (heard === undefined) this.heard.set(listener, new Set([name]))
      else heard.add(name)
    }
    this.tellReaders(name, true)
  }

  /** Everything is gone: one message says so, and says all. */
  flushed(): void {
    this.readers.clear()
    this.tracked = 0
    for (const subscriber of this.subscribers) this.pending.push([subscriber, EVERYTHING])
  }

  /** Tells readers what there is to tell. To be called when the reply of the command is out. */
  settle(): void {
    if (this.pending.length === 0) return
    for (const [subscriber, message] of this.pending.splice(0)) if (subscriber.isActive) subscriber.tell(message)
  }

  /** Tells those in broadcast mode what there is to tell. To be called when no command is under way. */
  broadcast(): void {
    if (this.heard.size === 0) return
    for (const [listener, heard] of this.heard) {
      const names = [...heard].sort()
      for (const prefix of listener.mode.prefixes) {
        const under = names.filter((name) => name.startsWith(prefix))
        if (under.length > 0) listener.tell(invalidation(under))
      }
    }
    this.heard.clear()
  }

  private tellReaders(name: string, isChange: boolean): void {
    const readers = this.readers.get(name)
    if (readers === undefined) return
    this.readers.delete(name)
    this.tracked -= readers.size
    let message: Push | undefined
    for (const reader of readers) {
      if (!reader.isActive || (isChange && this.isLoop(reader, name))) continue
      message ??= invalidation([name])
      this.pending.push([reader, message])
    }
  }

  private isLoop(subscriber: Subscriber, name: string): boolean {
    return subscriber.mode.noLoop && subscriber === this.author && this.isOwn(name)
  }

  private dropOldest(): void {
    for (const name of this.readers.keys()) {
      this.dropped++
      this.tellReaders(name, false)
      return
    }
  }
}

/** What is wrong with a mode that is to follow another, in Redis's words; `undefined` when nothing is. */
export function modeConflict(next: TrackingMode, now: TrackingMode | undefined): string | undefined {
  if (!next.broadcast && next.prefixes.length > 0) return 'PREFIX option requires BCAST mode to be enabled'
  if (now !== undefined && now.broadcast !== next.broadcast) {
    return (
      "You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with " +
      'a different mode.'
    )
  }
  if (next.broadcast && (next.optIn || next.optOut)) return 'OPTIN and OPTOUT are not compatible with BCAST'
  if (next.optIn && next.optOut) return "You can't specify both OPTIN mode and OPTOUT mode"
  if ((next.optIn && now?.optOut) || (next.optOut && now?.optIn)) {
    return (
      "You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with " +
      'a different mode.'
    )
  }
  return next.broadcast ? overlap(next.prefixes, now?.prefixes ?? []) : undefined
}

function overlap(given: readonly string[], standing: readonly string[]): string | undefined {
  const meet = (a: string, b: string) => a.startsWith(b) || b.startsWith(a)
  for (const [i, prefix] of given.entries()) {
    const old = standing.find((other) => meet(prefix, other))
    const other = given.slice(i + 1).find((next) => meet(prefix, next))
    if (old === undefined && other === undefined) continue
    const which = old !== undefined ? `an existing prefix '${old}'` : `another provided prefix '${other}'`
    return `Prefix '${prefix}' overlaps with ${which}. Prefixes for a single client must not overlap.`
  }
  return undefined
}

function invalidation(names: readonly string[]): Push {
  return new Push([INVALIDATE, names.map((name) => Buffer.from(name, 'latin1'))])
}
