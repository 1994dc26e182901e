/**
 * How many reads may be asked twice because an answer takes longer than is usual for its node: one in ten, and a few at once.
 * When everything grows slow together, asking twice would make it slower still.
 *
 * J. Dean, L. A. Barroso: The Tail at Scale. Communications of the ACM 56(2), 2013.
 */

const PART = 0.1
const MOST = 16

export class HedgeBudget {
  private tokens = MOST

  /** A read was asked. */
  earn(): void {
    if (this.tokens < MOST) this.tokens += PART
  }

  /** Whether one more may be asked twice. */
  spend(): boolean {
    if (this.tokens < 1) return false
    this.tokens--
    return true
  }
}
