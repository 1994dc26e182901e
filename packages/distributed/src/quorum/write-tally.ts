/**
 * Counts what replicas answer to one guarded write, and says when that is enough, or can no longer become so.
 *
 * Intuition. A write is safe once so many replicas hold it that every later read meets one of them. That is counting, and
 * nothing else: this room is fed answers and gives a verdict; whoever sends stops at it.
 *
 * Each replica says one of three things. *Stored*: it holds the write now, or held it already. *Overtaken*: a newer
 * version stands there, so this write is not, and never will be, what that replica shows. *Failed*: out of reach, or the
 * deadline passed; what it holds is unknown. Only the first acknowledges. When overtaken, the writer moves its clock past
 * `newestInTheWay` and writes anew: a write that begins after another has been acknowledged meets it in at least one of
 * its own quorum (write quorum + read quorum > replicas) and so comes out newer. That is the writer's query phase of
 * Attiya, Bar-Noy and Dolev, paid only when the optimistic first round turns out to have been wrong.
 *
 * Invariant. `acknowledged` ≤ answers ≤ `replicas`, and both only grow, so the verdict leaves `pending` once at most. `reached` as soon as
 * `acknowledged` = `required`; `unreachable` as soon as acknowledged + unanswered < required, and not before: until then
 * some continuation reaches the quorum. Order and repetition of answers do not matter: of a node's answers the first one
 * counts, the others are ignored (a network may deliver twice, a deadline may race with its reply).
 *
 * Cost. O(1) an answer; one entry of a map for each replica that answered.
 *
 * H. Attiya, A. Bar-Noy, D. Dolev: Sharing memory robustly in message-passing systems. Journal of the ACM 42(1), 1995.
 * N. Lynch, A. Shvartsman: Robust emulation of shared memory using dynamic quorum-acknowledged broadcasts. FTCS 1997
 * (several writers: versions ordered by time, then writer).
 */
import { CacheConfigError } from '@mtaio/exceptions'
import { compareVersions, type Version } from '../record/version.js'
import { checkTally, type TallyOptions, type Verdict, verdictOf } from './verdict.js'

/** The answers to one write. */
export class WriteTally {
  readonly #required: number
  readonly #replicas: number
  readonly #answered = new Set<string>()
  readonly #causes = new Map<string, unknown>()
  #acknowledged = 0
  #newestInTheWay: Version | undefined

  /** @throws CacheConfigError when `replicas` or `required` is out of its range */
  constructor(options: TallyOptions) {
    checkTally(options)
    this.#replicas = options.replicas
    this.#required = options.required
  }

  /** `node` holds the write. */
  stored(node: string): Verdict {
    if (this.#isFirst(node)) this.#acknowledged++
    return this.verdict
  }

  /** `node` holds `version`, which is newer than the write, and refused it. */
  overtaken(node: string, version: Version): Verdict {
    if (this.#isFirst(node)) {
      const known = this.#newestInTheWay
      if (known === undefined || compareVersions(version, known) > 0) this.#newestInTheWay = version
    }
    return this.verdict
  }

  /** `node` did not answer, or not what it was asked; whether it holds the write is unknown. */
  failed(node: string, error: unknown): Verdict {
    if (this.#isFirst(node)) this.#causes.set(node, error)
    return this.verdict
  }

  /** Final once it is not `pending`. O(1). */
  get verdict(): Verdict {
    return verdictOf(this.#acknowledged, this.#replicas - this.#answered.size, this.#required)
  }

  /** How many replicas are known to hold the write; may still grow after the verdict. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  /** The newest of the versions that stood in the way, if any did. */
  get newestInTheWay(): Version | undefined {
    return this.#newestInTheWay
  }

  /** The nodes that failed, each with its error. */
  get causes(): ReadonlyMap<string, unknown> {
    return this.#causes
  }

  #isFirst(node: string): boolean {
    if (this.#answered.has(node)) return false
    if (this.#answered.size === this.#replicas) {
      throw new CacheConfigError(`${node} answers a write that only ${this.#replicas} replicas were to answer`, {
        node,
      })
    }
    this.#answered.add(node)
    return true
  }
}
