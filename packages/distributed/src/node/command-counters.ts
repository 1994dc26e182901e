/** How often each command was run, refused and has failed, for INFO. Bounded by the commands and by the kinds of errors. */
import type { ReplyError } from '../resp/reply.js'

/** Kinds of errors that are told apart; as many as Redis does. */
const MAX_KINDS = 128

export interface CommandCount {
  calls: number
  /** Refused before it was run: who asked may not, or it does not make sense where it stands. */
  rejected: number
  failed: number
  /** Calls that were timed, and how long they took together, ms. */
  timed: number
  time: number
}

export class CommandCounters {
  private readonly counts = new Map<string, CommandCount>()
  private readonly kinds = new Map<string, number>()
  /** Error replies so far. */
  errors = 0

  /** @param started - when it was begun, by `performance.now()`; `undefined` for one that is not timed */
  ran(name: string, started: number | undefined): void {
    const count = this.of(name)
    count.calls++
    if (started === undefined) return
    count.timed++
    count.time += performance.now() - started
  }

  failed(name: string, error: ReplyError): void {
    this.of(name).failed++
    this.count(error)
  }

  /** @param name - of the command; `undefined` where there is none by that name */
  rejected(name: string | undefined, error: ReplyError): void {
    if (name !== undefined) this.of(name).rejected++
    this.count(error)
  }

  get commands(): Iterable<readonly [name: string, Readonly<CommandCount>]> {
    return this.counts
  }

  get errorKinds(): Iterable<readonly [string, number]> {
    return this.kinds
  }

  clear(): void {
    this.counts.clear()
    this.kinds.clear()
    this.errors = 0
  }

  private of(name: string): CommandCount {
    let count = this.counts.get(name)
    if (count === undefined) {
      count = { calls: 0, rejected: 0, failed: 0, timed: 0, time: 0 }
      this.counts.set(name, count)
    }
    return count
  }

  private count({ prefix }: ReplyError): void {
    this.errors++
    const standing = this.kinds.get(prefix)
    if (standing !== undefined) this.kinds.set(prefix, standing + 1)
    else if (this.kinds.size < MAX_KINDS) this.kinds.set(prefix, 1)
  }
}
