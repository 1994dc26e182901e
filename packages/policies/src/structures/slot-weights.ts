/** What each slot weighs: nothing is kept while all weigh 1, and 8 bytes a slot from the first that does not. */
const FIRST_CAPACITY = 64

export class SlotWeights {
  private weights: Float64Array | undefined

  of(slot: number): number {
    // Those that came before the first weight all weigh 1, however large their slots are.
    return this.weights?.[slot] ?? 1
  }

  set(slot: number, weight: number): void {
    if (this.weights === undefined && weight === 1) return
    if (this.weights === undefined || slot >= this.weights.length) this.grow(slot)
    this.weights![slot] = weight
  }

  /** Gives back the memory of slots from `end` on. */
  trim(end: number): void {
    if (this.weights !== undefined) this.weights = this.weights.slice(0, Math.max(end, FIRST_CAPACITY))
  }

  private grow(slot: number): void {
    const before = this.weights
    const capacity = Math.max(slot + 1, before === undefined ? FIRST_CAPACITY : 2 * before.length)
    const weights = new Float64Array(capacity).fill(1)
    if (before !== undefined) weights.set(before)
    this.weights = weights
  }
}
