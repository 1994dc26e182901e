/**
 * Weights at instants, and the sum of all before one: a Fenwick tree. O(log bound); 16 bytes an instant.
 *
 * Reference: P. M. Fenwick, "A new data structure for cumulative frequency tables", 1994.
 */
export class WeightTree {
  private readonly weights: Float64Array
  private readonly sums: Float64Array

  constructor(bound: number) {
    this.weights = new Float64Array(bound)
    this.sums = new Float64Array(bound + 1)
  }

  /** Puts a weight where none is. */
  set(instant: number, weight: number): void {
    this.weights[instant] = weight
    this.addToSums(instant, weight)
  }

  /** Takes the weight away that is at an instant, and tells it. */
  take(instant: number): number {
    const weight = this.weights[instant]!
    this.weights[instant] = 0
    this.addToSums(instant, -weight)
    return weight
  }

  /** The sum of the weights before an instant. */
  before(instant: number): number {
    let sum = 0
    for (let at = instant; at > 0; at &= at - 1) sum += this.sums[at]!
    return sum
  }

  private addToSums(instant: number, weight: number): void {
    for (let at = instant + 1; at < this.sums.length; at += at & -at) this.sums[at]! += weight
  }
}
