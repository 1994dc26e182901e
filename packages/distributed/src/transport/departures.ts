/**
 * When what is sent leaves: once all sockets that have something were read, each connection in one write. With several nodes
 * that is a third of the writes that there would be at the end of each turn, for what one node's replies call forth is mostly
 * for the others.
 */
export class Departures {
  private lastCalls: (() => void)[] = []
  private leaving: (() => void)[] = []
  private isSet = false

  /** Calls `run` before anything leaves: it may send more. */
  before(run: () => void): void {
    this.lastCalls.push(run)
    this.set()
  }

  /** Calls `flush`, in the order of asking, when everything leaves. */
  leave(flush: () => void): void {
    this.leaving.push(flush)
    this.set()
  }

  private set(): void {
    if (this.isSet) return
    this.isSet = true
    setImmediate(this.depart)
  }

  private readonly depart = () => {
    const { lastCalls } = this
    this.lastCalls = []
    for (const run of lastCalls) run()
    const { leaving } = this
    this.leaving = []
    this.isSet = false
    for (const flush of leaving) flush()
    // Whoever asked for a last call meanwhile has it next time.
    if (this.lastCalls.length > 0) this.set()
  }
}
