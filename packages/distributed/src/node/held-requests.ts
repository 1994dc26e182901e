/**
 * What all clients together have sent of requests that cannot be run yet: parts of a request that is not whole, commands
 * that wait for EXEC, keys that are watched. Bounded: beyond, whoever holds most is let go, and before all others those
 * who have not shown who they are. Knows no socket.
 */

/** One that holds something. */
export interface Holder {
  readonly isStranger: boolean
  /** Ends it; called when it has been forgotten here. */
  giveUpRequest(): void
}

export class HeldRequests {
  /** Bytes that are held together. */
  bytes = 0
  private readonly holders = new Map<Holder, number>()

  /** @param most - bytes that may be held together */
  constructor(private readonly most: number) {}

  /** From now on the holder holds so many bytes. */
  set(holder: Holder, bytes: number): void {
    this.bytes += bytes - (this.holders.get(holder) ?? 0)
    if (bytes === 0) this.holders.delete(holder)
    else this.holders.set(holder, bytes)
    while (this.bytes > this.most) {
      const greediest = this.greediest()
      this.bytes -= this.holders.get(greediest)!
      this.holders.delete(greediest)
      greediest.giveUpRequest()
    }
  }

  /** Only asked where there is too much, so that there is one. O(holders). */
  private greediest(): Holder {
    let found: Holder | undefined
    let most = 0
    for (const [holder, bytes] of this.holders) {
      const isWorse = found?.isStranger === holder.isStranger ? bytes > most : found === undefined || holder.isStranger
      if (!isWorse) continue
      found = holder
      most = bytes
    }
    return found!
  }
}
