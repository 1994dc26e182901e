/**
 * Counts what replicas answer to one read of one key, keeps the newest record among the answers, and knows who showed
 * less. A miss is an answer: it counts towards the quorum, and is reported (`missed`), since a node that restarted empty
 * is not right. Answers that come after the verdict do not change it, but still inform repair.
 *
 * Sends nothing and repairs nothing. Judges no expiry and no register: a tombstone is a record like any other here.
 */
import { CacheConfigError } from '@mtaio/exceptions'
import { newest } from '../record/reconcile.js'
import { compareVersions } from '../record/version.js'
import type { WireRecord } from '../record/wire-record.js'
import { checkTally, type TallyOptions, type Verdict, verdictOf } from './verdict.js'

/** The answers to one read. */
export class ReadTally {
  readonly #required: number
  readonly #replicas: number
  readonly #answers = new Map<string, WireRecord | undefined>()
  readonly #causes = new Map<string, unknown>()
  #newest: WireRecord | undefined
  #misses = 0

  /** @throws CacheConfigError when `replicas` or `required` is out of its range */
  constructor(options: TallyOptions) {
    checkTally(options)
    this.#replicas = options.replicas
    this.#required = options.required
  }

  /**
   * `node` showed `record`, or none. Of a node's answers the first one counts, the others are ignored. O(1), but for
   * equal versions: see `newest`.
   */
  answered(node: string, record: WireRecord | undefined): Verdict {
    if (this.#isFirst(node)) {
      this.#answers.set(node, record)
      this.#newest = newest(this.#newest, record)
      if (record === undefined) this.#misses++
    }
    return this.verdict
  }

  /** `node` did not answer, or not with a record. */
  failed(node: string, error: unknown): Verdict {
    if (this.#isFirst(node)) this.#causes.set(node, error)
    return this.verdict
  }

  /** Final once it is not `pending`. O(1). */
  get verdict(): Verdict {
    const answers = this.#answers.size
    return verdictOf(answers, this.#replicas - answers - this.#causes.size, this.#required)
  }

  /** How many replicas answered, with a record or a miss. */
  get acknowledged(): number {
    return this.#answers.size
  }

  /** The record that stands among those shown so far. */
  get newest(): WireRecord | undefined {
    return this.#newest
  }

  /**
   * The nodes that showed an older version than `newest`, or none: those to repair. A node that showed the same version
   * is not among them, whatever else differs, for no guarded write could change what it holds. O(answers).
   */
  get stale(): string[] {
    const winner = this.#newest
    if (winner === undefined) return []
    const nodes: string[] = []
    for (const [node, record] of this.#answers) {
      if (record === undefined || compareVersions(record.version, winner.version) < 0) nodes.push(node)
    }
    return nodes
  }

  /** The quorum is reached, but at least one of the answers was a miss. */
  get missed(): boolean {
    return this.verdict === 'reached' && this.#misses > 0
  }

  /** The nodes that failed, each with its error. */
  get causes(): ReadonlyMap<string, unknown> {
    return this.#causes
  }

  #isFirst(node: string): boolean {
    if (this.#answers.has(node) || this.#causes.has(node)) return false
    if (this.#answers.size + this.#causes.size === this.#replicas) {
      throw new CacheConfigError(`${node} answers a read that only ${this.#replicas} replicas were to answer`, { node })
    }
    return true
  }
}
