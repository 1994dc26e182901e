/** What can be said of a quorum while answers come in. Knows neither reads nor writes. */
import { CacheConfigError } from '@mtaio/exceptions'

/**
 * `pending`: more answers decide. `reached`: enough replicas acknowledged. `unreachable`: not enough are left, whatever
 * they say, so that the caller need not wait for them. The last two are final.
 */
export type Verdict = 'pending' | 'reached' | 'unreachable'

/** How many replicas may answer, and how many have to. */
export interface TallyOptions {
  /** How many replicas may answer: those that are asked, or can still be. An integer, 0 or more. */
  readonly replicas: number
  /**
   * How many have to acknowledge: an integer, 1 or more. Where it exceeds `replicas`, the verdict is `unreachable`
   * from the start.
   */
  readonly required: number
}

/** The verdict on a quorum of `required`, when `acknowledged` replicas agreed and `open` have not answered yet. */
export function verdictOf(acknowledged: number, open: number, required: number): Verdict {
  if (acknowledged >= required) return 'reached'
  return acknowledged + open < required ? 'unreachable' : 'pending'
}

/** @throws CacheConfigError when `replicas` or `required` is out of its range */
export function checkTally({ replicas, required }: TallyOptions): void {
  if (!Number.isInteger(replicas) || replicas < 0) {
    throw new CacheConfigError(`replicas is ${String(replicas)}: pass how many replicas may answer, an integer from 0`)
  }
  if (!Number.isInteger(required) || required < 1) {
    throw new CacheConfigError(`required is ${String(required)}: pass how many have to answer, an integer from 1`)
  }
}
