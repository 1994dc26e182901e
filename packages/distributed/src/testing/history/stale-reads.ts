/**
 * "A read sees the latest acknowledged write or a newer one", with its two special cases: what was deleted, cleared or
 * invalidated does not come back, and a load stores nothing over what was changed since it began.
 *
 * Each value is unique, so a read names the write that it saw. That write may not be one that was certainly overwritten
 * before the read began: by another that began after it had ended, and ended before the read began. Overlapping calls
 * may be ordered either way; a call of unknown outcome never ended. This is regularity for several writers (L. Lamport:
 * On interprocess communication, 1986; C. Shao et al.: Multiwriter consistency conditions for shared memory registers, 2011,
 * the weakest of theirs). O(reads · writes²) a key.
 */
import { type Call, callsOn, describeCall, hasSaid, keysIn } from './call.js'
import type { Violation } from './violation.js'

export interface StaleReadOptions {
  /** By how much clocks may disagree at most, ms: what lives for a time may end earlier or later by so much. @defaultValue 0 */
  readonly skew?: number | undefined
  /** How long a deletion is remembered, ms. @defaultValue Infinity */
  readonly tombstoneLife?: number | undefined
}

/** Every read that saw what it should not have seen any more, or ever. */
export function staleReads(calls: readonly Call[], options: StaleReadOptions = {}): Violation[] {
  return keysIn(calls).flatMap((key) => new KeyHistory(callsOn(key, calls), options).violations())
}

class KeyHistory {
  private readonly reads: Call[]
  private readonly changes: Call[]
  private readonly skew: number
  private readonly tombstoneLife: number

  constructor(calls: readonly Call[], { skew = 0, tombstoneLife = Number.POSITIVE_INFINITY }: StaleReadOptions) {
    this.skew = skew
    this.tombstoneLife = tombstoneLife
    this.reads = calls.filter((call) => call.kind === 'read' && hasSaid(call))
    this.changes = calls.filter((call) => call.kind !== 'read' && !call.isVoid)
  }

  violations(): Violation[] {
    return this.reads.flatMap((read) => this.judge(read) ?? [])
  }

  private judge(read: Call): Violation | undefined {
    return read.value === undefined ? this.judgeAbsence(read) : this.judgeValue(read, read.value)
  }

  private judgeValue(read: Call, value: string): Violation | undefined {
    const source = this.changes.find((call) => call.value === value && call.start < read.end)
    if (source === undefined) return broken('invention', `${describeCall(read)}: nobody had written that`)
    if (read.startedAt > this.latestExpiry(source)) {
      return broken('expired', `${describeCall(read)}: ${describeCall(source)} had expired`)
    }
    const by = this.overrulerOf(source, read)
    if (by === undefined) return undefined
    const rule = by.kind === 'write' ? (source.kind === 'fill' ? 'stale-fill' : 'stale-read') : 'resurrection'
    return broken(rule, `${describeCall(read)}: ${describeCall(source)} was overruled by ${describeCall(by)}`)
  }

  /** Absence is right from the beginning, and from whatever may have removed something. */
  private judgeAbsence(read: Call): Violation | undefined {
    const stood = this.overrulerOf(undefined, read)
    if (stood === undefined) return undefined
    const mayBeAbsent = this.changes.some((call) => call.start < read.end && this.mayHaveRemoved(call, read))
    return mayBeAbsent ? undefined : broken('stale-read', `${describeCall(read)}: ${describeCall(stood)} stood there`)
  }

  /** Whether nothing may be there since `call`, as far as the read can tell. */
  private mayHaveRemoved(call: Call, read: Call): boolean {
    if (call.kind === 'fill') return false
    if (call.kind === 'write') return this.mayHaveExpired(call, read) && this.overrulerOf(call, read) === undefined
    if (call.kind !== 'invalidate') return this.overrulerOf(call, read) === undefined
    // It removes only what carried the tag.
    return this.changes.some(
      (write) =>
        write.tags.includes(call.tags[0]!) &&
        write.kind === 'write' &&
        // A write under way may be tried again under a later version; its first try was invalidated, then.
        (write.start < call.end || write.end > read.start) &&
        write.start < read.end &&
        this.overrulersOf(write, read).every(({ kind }) => kind === 'invalidate'),
    )
  }

  /** The last of them. */
  private overrulerOf(source: Call | undefined, read: Call): Call | undefined {
    return this.overrulersOf(source, read).at(-1)
  }

  /** What certainly came after `source` (the beginning, if undefined), and before the read, and still counts. */
  private overrulersOf(source: Call | undefined, read: Call): Call[] {
    // What a load stores was true when the load began.
    const settled = source === undefined ? -1 : source.kind === 'fill' ? source.start : source.end
    return this.changes.filter((call) => {
      if (call === source || call.start <= settled || call.end >= read.start || mayBeNews(call, read)) return false
      if (call.kind === 'write') return !this.mayHaveExpired(call, read)
      if (call.kind === 'delete') return !this.mayBeForgotten(call, read)
      if (call.kind === 'invalidate') return source?.tags.includes(call.tags[0]!) === true
      return call.kind === 'clear' && source !== undefined
    })
  }

  private mayHaveExpired(write: Call, read: Call): boolean {
    return read.endedAt >= write.startedAt + write.life - this.skew
  }

  private mayBeForgotten(removal: Call, read: Call): boolean {
    return read.endedAt >= removal.startedAt + this.tombstoneLife - this.skew
  }

  private latestExpiry({ startedAt, spare, life }: Call): number {
    // A write says at its beginning when it expires, a fill when its load has ended.
    return startedAt + spare + life + this.skew
  }
}

/** Whether a reader who may be late may not have heard of a change. Its own it knows. */
function mayBeNews(change: Call, read: Call): boolean {
  return read.client !== change.client && change.endedAt + read.lag > read.startedAt
}

function broken(rule: Violation['rule'], says: string): Violation {
  return { rule, says }
}
