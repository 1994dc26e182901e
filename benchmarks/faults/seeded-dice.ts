/** Draws from a seed: the same seed draws the same. */
import { seededRandom } from '../measure/random.js'

export class SeededDice {
  private readonly bits: () => number

  constructor(seed: number) {
    this.bits = seededRandom(Math.imul(seed, 0x9e3779b1))
  }

  /** Uniform in [0, 1). */
  readonly next = (): number => this.bits() / 2 ** 32

  /** From 0 to `below` − 1. */
  integer(below: number): number {
    return Math.floor(this.next() * below)
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low)
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  pick<V>(values: readonly V[]): V {
    return values[this.integer(values.length)]!
  }

  /** Another of them, that draws on its own. */
  another(): SeededDice {
    return new SeededDice(this.bits())
  }
}
