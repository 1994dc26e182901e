/** A command that was sent, or waits to be: who is told of its reply, and by when. Knows no socket. */
import type { ElementReader } from '../resp/element-reader.js'
import type { Reply } from '../resp/reply.js'
import type { Hearer } from './replica-transport.js'

export class Pending {
  /** Whether somebody still waits. An overdue command keeps its place in the queue, for its reply is still to come. */
  waiting = true
  private unlisten: (() => void) | undefined

  constructor(
    /** When it was handed over, on the transport's clock, ms. */
    readonly sentAt: number,
    readonly deadline: number,
    readonly bytes: number,
    private readonly hearer: Hearer,
  ) {}

  /** Lets the caller leave when its signal aborts. */
  follow(signal: AbortSignal | undefined): void {
    if (signal === undefined) return
    const leave = () => this.fail(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    this.unlisten = () => signal.removeEventListener('abort', leave)
  }

  /** Who reads the reply's elements where they lie, if anybody still waits for them. */
  get elements(): ElementReader | undefined {
    return this.waiting ? this.hearer.elements : undefined
  }

  succeed(reply: Reply): void {
    if (this.settle()) this.hearer.heard(reply)
  }

  /** All elements were read. */
  wasRead(): void {
    this.settle()
  }

  fail(reason: unknown): void {
    if (this.settle()) this.hearer.failed(reason)
  }

  private settle(): boolean {
    if (!this.waiting) return false
    this.waiting = false
    this.unlisten?.()
    return true
  }
}
