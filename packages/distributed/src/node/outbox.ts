/**
 * Replies of one turn of the event loop, sent at its end: all clients that have asked are read before any of them is answered, as
 * Redis does. A client that is answered at once is woken for each reply, and asks again while others still wait. Knows no replies.
 */

/** Somebody who has something to send. */
export interface Sender {
  /** Sends it. Must not throw. */
  send(): void
}

export class Outbox {
  private waiting: Sender[] = []

  /** Lets it send at the end of this turn. To be called once a turn for each. */
  add(sender: Sender): void {
    if (this.waiting.length === 0) setImmediate(this.sendAll)
    this.waiting.push(sender)
  }

  private readonly sendAll = (): void => {
    const { waiting } = this
    this.waiting = []
    for (let i = 0; i < waiting.length; i++) waiting[i]!.send()
  }
}
