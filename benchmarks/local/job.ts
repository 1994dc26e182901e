/** What the measuring process is told and what it answers: JSON over an argument and standard output. */
import type { Measurement } from './operation.js'

/** How long a timed operation runs. */
export interface Effort {
  /** Milliseconds before time is taken. */
  readonly warmUpMs: number
  /** Milliseconds of time taken, at least. */
  readonly measureMs: number
}

export interface Job extends Effort {
  readonly contender: string
  /** Names, in the order in which they are measured. */
  readonly operations: readonly string[]
  readonly seed: number
  readonly seasoned: boolean
  readonly quick: boolean
}

export interface Outcome {
  readonly node: string
  readonly v8: string
  readonly measurements: Record<string, Measurement>
  /** Depends on every result that was read. */
  readonly checksum: number
}
