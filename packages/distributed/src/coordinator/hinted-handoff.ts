/**
 * Writes that a replica missed, kept for its return: bounded in number and bytes, one a key (the newest), the oldest
 * dropped and counted. Replayed before the node serves reads for this client. Conditional like every write, so a hint
 * that comes late harms nobody.
 */
import type { StoreRequest } from './replica-verbs.js'

export interface HintLimits {
  /** Hints for all nodes together. */
  readonly maxHints: number
  /** Their bytes, keys included. */
  readonly maxBytes: number
}

interface Hint {
  readonly node: string
  readonly request: StoreRequest
  readonly bytes: number
}

export class HintedHandoff {
  /** How many were dropped for want of room. */
  dropped = 0

  private readonly hints = new Map<string, Hint>()
  private bytes = 0

  constructor(private readonly limits: HintLimits) {}

  get size(): number {
    return this.hints.size
  }

  /** Keeps a write for `node`, in place of an older one to the same key. */
  keep(node: string, request: StoreRequest): void {
    const name = `${node} ${request.key}`
    this.forget(name)
    const bytes = request.key.length + request.envelope.length
    if (bytes > this.limits.maxBytes) {
      this.dropped++
      return
    }
    // Expectations belong to the moment of a fill; what is replayed later stands on its version alone.
    this.hints.set(name, { node, request: { ...request, limits: undefined }, bytes })
    this.bytes += bytes
    while (this.hints.size > this.limits.maxHints || this.bytes > this.limits.maxBytes) {
      this.forget(this.hints.keys().next().value!)
      this.dropped++
    }
  }

  hasFor(node: string): boolean {
    for (const hint of this.hints.values()) if (hint.node === node) return true
    return false
  }

  /**
   * Sends what `node` missed, oldest first, one after another, what has expired meanwhile included: it still removes the
   * older record that it replaced elsewhere. A hint is gone once it was sent; the first failure ends the replay and leaves
   * the rest.
   *
   * @returns how many were sent
   */
  async replay(node: string, send: (request: StoreRequest) => Promise<unknown>): Promise<number> {
    let sent = 0
    for (const [name, hint] of this.hints) {
      if (hint.node !== node) continue
      await send(hint.request)
      sent++
      // A newer hint for the key may have taken this one's place meanwhile.
      if (this.hints.get(name) === hint) this.forget(name)
    }
    return sent
  }

  private forget(name: string): void {
    const hint = this.hints.get(name)
    if (hint === undefined) return
    this.hints.delete(name)
    this.bytes -= hint.bytes
  }
}
