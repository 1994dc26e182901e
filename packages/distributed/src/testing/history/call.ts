/** What one call of one client to a cache did, as its caller saw it. Facts only; what they prove is the checkers' business. */

/**
 * `write` and `delete` one key; `read` one; `clear` all, or those of a prefix; `invalidate` what carries a tag. A `fill` is the write of a loaded
 * value, which happens only if nothing has changed since its load began.
 */
export type CallKind = 'read' | 'write' | 'delete' | 'clear' | 'invalidate' | 'fill'

export interface Call {
  readonly kind: CallKind
  /** Who made it. */
  readonly client: string
  /** `undefined` for all keys: `clear` and `invalidate`. */
  readonly key: string | undefined
  /** Of a `clear`: it concerns the keys that begin with this; all, where it is empty. */
  readonly prefix: string
  /** What was written, or what a read saw; `undefined` is absence. Written values are told apart by being unique. */
  value: string | undefined
  /** Tags of what was written; of an invalidation, the one tag. */
  readonly tags: readonly string[]
  /** How long what was written lives, ms. */
  readonly life: number
  /** The instant of its beginning, and of its end: numbers in the order in which things happened in one process. */
  readonly start: number
  /** `Infinity` while it has not ended or where its outcome is unknown: it may take effect at any later time. */
  end: number
  /** The same in ms on one clock, for what expires and for deadlines. */
  readonly startedAt: number
  endedAt: number
  /** It failed so that it certainly did nothing. */
  isVoid: boolean
  /** What it failed with. */
  error: unknown
  /** Made at the end, when all is well again: it is to agree with the others of its kind. */
  readonly isFinal: boolean
  /** How many times the budget of one operation it may take. */
  readonly budgets: number
  /** Of a read: what others have changed within so many ms before it began need not be seen yet. */
  readonly lag: number
  /** ms that it may take beyond that: what a user's own load takes, and for how long its process was stopped. */
  spare: number
}

/** The calls that concern a key, in the order of their beginnings. */
export function callsOn(key: string, calls: readonly Call[]): Call[] {
  return calls.filter((call) => call.key === key || (call.key === undefined && key.startsWith(call.prefix)))
}

/** The keys of a history. */
export function keysIn(calls: readonly Call[]): string[] {
  const keys = new Set<string>()
  for (const { key } of calls) if (key !== undefined) keys.add(key)
  return [...keys]
}

/** Whether what a call says counts: a read that failed saw nothing. */
export function hasSaid({ kind, end, isVoid }: Call): boolean {
  return !isVoid && (kind !== 'read' || end < Number.POSITIVE_INFINITY)
}

/** A call in one line, for people. */
export function describeCall({ kind, client, key, prefix, value, tags, start, end, error }: Call): string {
  const all = prefix === '' ? 'everything' : `everything from ${prefix}`
  const what = key === undefined ? (kind === 'invalidate' ? `tag ${tags[0]}` : all) : key
  const shown = kind === 'delete' || key === undefined ? '' : ` ${kind === 'read' ? '→' : '='} ${value ?? 'nothing'}`
  const until = end < Number.POSITIVE_INFINITY ? String(end) : error === undefined ? '…' : `failed`
  return `${kind} ${what}${shown} by ${client} [${start}–${until}]`
}
