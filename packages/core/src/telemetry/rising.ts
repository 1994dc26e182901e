/** A counter that never falls, over one that may be set to zero. */

export class Rising {
  private last = 0
  private total = 0

  /** The total, now that the counter stands at `count`. A fall means that it was reset in between. */
  at(count: number): number {
    this.total += count >= this.last ? count - this.last : count
    this.last = count
    return this.total
  }
}
