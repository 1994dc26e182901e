/**
 * How large a window should be, found while the cache runs. It is told of hits and misses and says by how much the window
 * should change; it knows no slot and no list.
 *
 * Large caches compare, over a sample of requests, what a unit of room earned in the window with what it earned outside,
 * and shift room to where it earned more: by the more the further the two are apart. Where one of the two earns too
 * little to be measured, and in small caches always, it goes by trying: a step, a look at the hit ratio, another step
 * the same way or back. Such a step is a sixteenth of the whole at first and shrinks with each sample, so that the window
 * comes to rest; when the hit ratio moves by a twentieth at once, the requests have changed and it starts anew.
 *
 * Reference: G. Einziger, O. Eytan, R. Friedman, B. Manes, "Adaptive software cache management", Middleware 2018; the
 * comparison of densities: the Caffeine library, 2026, of whose safeguards there are few here.
 */
const FIRST_STEP = 0.0625
const LEAST_STEP = 2
/** A change of the hit ratio that says that the requests are others than before. */
const RESTART_FROM = 0.05
/** Up to here a cache is small: what its window of a few entries earned in a sample tells little. */
const SMALL_UP_TO = 512
/** A small cache's sample lasts for so many requests an entry, or up to so many times that when steps get shorter. */
const SMALL_SAMPLE = 10
const SLOWEST = 4
const SMALL_DECAY = 0.995

const LARGE_SAMPLE = 3
const LARGE_DECAY = 0.98
/** The step for a ratio of e between the two densities, and the longest, as shares of the whole. */
const GAIN = 0.04
const LONGEST_STEP = 0.3
/** A large cache's window keeps so much, or it could not be measured. */
const LEAST_WINDOW = 0.02
/** Fewer hits than this share of the requests, and than `LEAST_HITS`, are too few to measure by. */
const MEASURABLE = 1 / 1024
const LEAST_HITS = 4

export class WindowClimber {
  private whole = 0
  /** The latest step by trying: negative when the window shrank. */
  private step = 0
  private ratio = 0
  private windowHits = 0
  private mainHits = 0
  private misses = 0

  /** Starts anew, in a cache of another size. */
  reset(whole: number): void {
    this.whole = whole
    this.ratio = 0
    this.step = this.isSmall() ? this.firstStep() : -this.firstStep()
    this.windowHits = this.mainHits = this.misses = 0
  }

  hit(isInWindow: boolean): void {
    if (isInWindow) this.windowHits++
    else this.mainHits++
  }

  miss(): void {
    this.misses++
  }

  /** By how much a window of that size should change in a cache of so many entries; 0 until a sample is complete. */
  change(window: number, entries: number): number {
    const { windowHits, mainHits } = this
    const requests = windowHits + mainHits + this.misses
    if (requests < entries * this.sample()) return 0
    const ratio = (windowHits + mainHits) / requests
    const gain = ratio - this.ratio
    this.ratio = ratio
    this.windowHits = this.mainHits = this.misses = 0
    if (this.isSmall()) return this.tried(gain)
    return this.notBelowLeast(window, this.compared(window, windowHits, mainHits, requests) ?? this.tried(gain))
  }

  /** Undefined where nothing can be told: hits are few, or few in the smaller part, which could be why. */
  private compared(window: number, windowHits: number, mainHits: number, requests: number): number | undefined {
    const { whole } = this
    const enough = Math.max(LEAST_HITS, requests * MEASURABLE)
    if (Math.max(windowHits, mainHits) < enough) return undefined
    if (windowHits < enough && window <= whole / 4) return undefined
    if (mainHits < enough && window >= (whole / 4) * 3) return undefined
    const few = enough / 8
    const inWindow = Math.max(windowHits, few) / Math.max(1, window)
    const outside = Math.max(mainHits, few) / Math.max(1, whole - window)
    const share = GAIN * Math.log(inWindow / outside)
    this.step = whole * Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, share))
    return this.step
  }

  /** The next step the same way if the latest one was no loss, back otherwise. */
  private tried(gain: number): number {
    // A comparison may have left a step that is too short to learn from.
    if (!this.isSmall() && Math.abs(this.step) < this.firstStep() / SLOWEST) {
      this.step = this.step < 0 ? -this.firstStep() : this.firstStep()
    }
    const change = gain >= 0 ? this.step : -this.step
    const decay = this.isSmall() ? SMALL_DECAY : LARGE_DECAY
    this.step = Math.abs(gain) >= RESTART_FROM ? Math.sign(change) * this.firstStep() : change * decay
    return change
  }

  private notBelowLeast(window: number, change: number): number {
    return Math.max(change, LEAST_WINDOW * this.whole - window)
  }

  private sample(): number {
    if (!this.isSmall()) return LARGE_SAMPLE
    const slowness = (FIRST_STEP * this.whole) / Math.abs(this.step)
    return SMALL_SAMPLE * Math.max(1, Math.min(SLOWEST, slowness))
  }

  private firstStep(): number {
    return Math.max(this.whole * FIRST_STEP, LEAST_STEP)
  }

  private isSmall(): boolean {
    return this.whole <= SMALL_UP_TO
  }
}
