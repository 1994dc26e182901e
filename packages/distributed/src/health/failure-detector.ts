/**
 * Whether one node is worth asking: a circuit breaker, fed with the outcomes of requests.
 *
 *   closed     requests flow; `threshold` failures in a row open it
 *   open       nothing is sent until the backoff has passed
 *   half-open  one probe is under way; its success closes, its failure opens again for longer
 *
 * Is told the time with every call (monotonic milliseconds), sets no timer, sends no probe. What it says is a guess about
 * one client's path to the node: nothing may be *lost* when it is wrong, only time.
 */
import { CacheConfigError } from '@mtaio/exceptions'
import { type Backoff, backoffDelay, checkBackoff } from './backoff.js'

/** Where the circuit stands. */
export type CircuitState = 'closed' | 'open' | 'half-open'

/** When to give a node up, and how to come back to it. */
export interface FailureDetectorOptions {
  /**
   * Failures in a row that open the circuit: an integer, 1 or more. Fewer spare callers sooner; more forgive a hiccup.
   *
   * @defaultValue 3
   */
  readonly threshold?: number | undefined
  /** The waits between probes. */
  readonly backoff: Backoff
  /** A number from 0 up to, not including, 1. */
  readonly random: () => number
}

const DEFAULT_THRESHOLD = 3

/** The circuit of one node. Every call is O(1). */
export class FailureDetector {
  readonly #threshold: number
  readonly #backoff: Backoff
  readonly #random: () => number
  #state: CircuitState = 'closed'
  /** Failures in a row since the last success, counted while closed. */
  #failures = 0
  /** Waits begun since the circuit was last closed. */
  #waits = 0
  /** Open: when a probe may go out. Half-open: when its probe counts as lost. */
  #nextProbeAt = 0

  /** @throws CacheConfigError when `threshold` or `backoff` is out of its range */
  constructor({ threshold = DEFAULT_THRESHOLD, backoff, random }: FailureDetectorOptions) {
    if (!Number.isInteger(threshold) || threshold < 1) {
      throw new CacheConfigError(`threshold is ${String(threshold)}: pass how many failures open it, an integer from 1`)
    }
    checkBackoff(backoff)
    this.#threshold = threshold
    this.#backoff = backoff
    this.#random = random
  }

  /** Where the circuit stands. Reading it takes no probe. */
  get state(): CircuitState {
    return this.#state
  }

  /** When the next probe may go out; `undefined` while closed. */
  get nextProbeAt(): number | undefined {
    return this.#state === 'closed' ? undefined : this.#nextProbeAt
  }

  /**
   * Whether a request may be sent at `now`. While open, the first call after the wait says yes and makes the circuit
   * half-open: *that* caller's request is the probe, and its outcome is to be reported. The next ones hear no until then.
   *
   * A probe of which nothing is heard for `backoff.cap` counts as lost (its caller left before sending, for instance), and
   * another may go out: silence never shuts a node out for good.
   */
  allows(now: number): boolean {
    if (this.#state === 'closed') return true
    if (now < this.#nextProbeAt) return false
    this.#state = 'half-open'
    this.#nextProbeAt = now + this.#backoff.cap
    return true
  }

  /** The node answered. One answer closes the circuit, also a late one to a request sent before it opened. */
  onSuccess(_now: number): void {
    this.#state = 'closed'
    this.#failures = 0
    this.#waits = 0
  }

  /** A request failed: out of reach, refused, broken. */
  onFailure(now: number): void {
    // Requests that were in flight when the circuit opened fail one by one; they say nothing new.
    if (this.#state === 'open') return
    if (this.#state === 'closed' && ++this.#failures < this.#threshold) return
    this.#state = 'open'
    this.#nextProbeAt = now + backoffDelay(this.#waits++, this.#backoff, this.#random)
  }

  /** A deadline passed without an answer: a failure like any other. */
  onTimeout(now: number): void {
    this.onFailure(now)
  }
}
