/**
 * Writes that a replica missed, kept for it: bounded in number, bytes and time, one a key (the newest), the oldest
 * dropped and counted. Replayed before the node serves reads for this client. Conditional like every write, so a hint
 * that comes late harms nobody.
 */
import { versionOf } from '../record/envelope.js'
import { compareVersions, NO_VERSION } from '../record/version.js'
import { isClearedRegister, isRegisterKey } from './register.js'
import type { StoreRequest } from './replica-verbs.js'

export interface HintLimits {
  /** Hints for all nodes together. */
  readonly maxHints: number
  /** Their bytes, keys included. */
  readonly maxBytes: number
  /** How long one is kept, ms. @defaultValue an hour */
  readonly maxAge?: number | undefined
}

interface Hint {
  readonly node: string
  readonly request: StoreRequest
  readonly bytes: number
  readonly keptAt: number
}

const HOUR = 3_600_000
/** Hints on their way to one node at once. */
const AT_ONCE = 32

export class HintedHandoff {
  /** How many were dropped for want of room, or because they were too old. */
  dropped = 0

  /** In the order of their making, which is that of their age. */
  private readonly hints = new Map<string, Hint>()
  private readonly waiting = new Map<string, number>()
  /** Those among them that are of registers. */
  private readonly registers = new Map<string, number>()
  private bytes = 0

  /** @param now - monotonic, ms */
  constructor(
    private readonly limits: HintLimits,
    private readonly now: () => number,
  ) {}

  get size(): number {
    return this.hints.size
  }

  /** How many wait for `node`. */
  sizeFor(node: string): number {
    return this.waiting.get(node) ?? 0
  }

  /** Whether `node` is known to have missed the latest write to a physical key. */
  has(node: string, key: string): boolean {
    return this.hints.has(nameOf(node, key))
  }

  /** Whether `node` is known to have missed a clear or an invalidation: what it shows may be dead. */
  lacksRegister(node: string): boolean {
    return (this.registers.get(node) ?? 0) > 0
  }

  /** Whether what `node` shows under a physical key is known to be older than what was written, or may be dead. */
  isBehind(node: string, key: string): boolean {
    return this.sizeFor(node) > 0 && (this.has(node, key) || this.lacksRegister(node))
  }

  /** Keeps a write for `node`, in place of an older one to the same key; nothing, where a newer one is kept already. */
  keep(node: string, request: StoreRequest): void {
    this.dropOld()
    const name = nameOf(node, request.key)
    const kept = this.hints.get(name)
    // Writes fail in any order: the one that hung until its deadline is often the older.
    if (kept !== undefined && isNewer(kept.request.envelope, request.envelope)) return
    this.forget(name)
    const bytes = request.key.length + request.envelope.length
    if (bytes > this.limits.maxBytes) {
      this.dropped++
      return
    }
    // Expectations belong to the moment of a fill; what is replayed later stands on its version alone.
    const registers = request.registers.filter(isClearedRegister)
    const copy = { ...request, envelope: ownBytes(request.envelope), registers, limits: undefined, isCopy: true }
    this.hints.set(name, { node, request: copy, bytes, keptAt: this.now() })
    this.count(node, request, bytes, 1)
    while (this.hints.size > this.limits.maxHints || this.bytes > this.limits.maxBytes) this.dropFirst()
  }

  /** Gives up what waits for a node that is one no more. Not counted as dropped: nobody will miss it. */
  forgetNode(node: string): void {
    for (const [name, hint] of this.hints) if (hint.node === node) this.forget(name)
  }

  /**
   * Sends what `node` missed, oldest first, some at once, what has expired meanwhile included: it still removes the older
   * record that it replaced elsewhere. A hint is gone once it was sent; a failure ends the replay and leaves the rest.
   *
   * @param ready - is awaited before so many are sent
   * @returns how many were sent
   */
  async replay(
    node: string,
    send: (request: StoreRequest) => Promise<unknown>,
    ready: (count: number) => Promise<void> = async () => undefined,
  ): Promise<number> {
    let sent = 0
    for (;;) {
      this.dropOld()
      const slice = this.oldest(node)
      if (slice.length === 0) return sent
      await ready(slice.length)
      const outcomes = await Promise.allSettled(
        slice.map(async ([name, hint]) => {
          await send(hint.request)
          sent++
          // A newer hint for the key may have taken this one's place meanwhile.
          if (this.hints.get(name) === hint) this.forget(name)
        }),
      )
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    }
  }

  private oldest(node: string): [name: string, hint: Hint][] {
    const slice: [string, Hint][] = []
    if (this.sizeFor(node) === 0) return slice
    for (const entry of this.hints) {
      if (entry[1].node === node) slice.push(entry)
      if (slice.length === AT_ONCE) break
    }
    return slice
  }

  private dropOld(): void {
    const since = this.now() - (this.limits.maxAge ?? HOUR)
    for (const { keptAt } of this.hints.values()) {
      if (keptAt > since) return
      this.dropFirst()
    }
  }

  private dropFirst(): void {
    this.forget(this.hints.keys().next().value!)
    this.dropped++
  }

  private forget(name: string): void {
    const hint = this.hints.get(name)
    if (hint === undefined) return
    this.hints.delete(name)
    this.count(hint.node, hint.request, hint.bytes, -1)
  }

  private count(node: string, { key }: StoreRequest, bytes: number, more: 1 | -1): void {
    this.bytes += more * bytes
    this.waiting.set(node, this.sizeFor(node) + more)
    if (isRegisterKey(key)) this.registers.set(node, (this.registers.get(node) ?? 0) + more)
  }
}

function nameOf(node: string, key: string): string {
  return `${node} ${key}`
}

function isNewer(a: Uint8Array, b: Uint8Array): boolean {
  return compareVersions(versionOf(a) ?? NO_VERSION, versionOf(b) ?? NO_VERSION) > 0
}

/** Without what lies beside it in memory: that would be kept, too, and is not counted. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice()
}
