/**
 * In which order the targets of a read are asked: those last that had better not be relied upon alone, for they are known to have
 * missed a write to the key or a register, came back and are still being compared with the others, or are much slower than the next.
 * Who stands in for a replica may hold what was written before that, when it stood in the last time: it comes before replicas only
 * where these have missed something.
 */
import type { HintedHandoff } from './hinted-handoff.js'
import type { NodeState } from './node-state.js'

/** One read in so many is asked in placement order, however slow the first node was: it may have recovered. */
const TRIAL_EVERY = 32

export class ReadingOrder {
  private reads = 0

  constructor(private readonly hints: HintedHandoff) {}

  /**
   * The targets in that order; the very ones given where nobody is to be put last, as is usual.
   *
   * @param live - how many of them, the first, are replicas
   */
  of(targets: readonly NodeState[], live: number, physical: string): readonly NodeState[] {
    if (targets.length < 2) return targets
    const isTrial = ++this.reads % TRIAL_EVERY === 0
    const isSlow = !isTrial && live > 1 && targets[0]!.isSlowBeside(targets[1]!)
    if (!isSlow && !this.isAnyDoubtful(targets, physical)) return targets
    const doubts = targets.map(
      ({ id, recovering }, i) =>
        (this.hints.isBehind(id, physical) ? 8 : 0) +
        (i >= live ? 4 : 0) +
        (recovering > 0 ? 2 : 0) +
        (isSlow && i === 0 ? 1 : 0),
    )
    if (doubts.every((each) => each === doubts[0])) return targets
    const order = targets.map((_, i) => i).sort((a, b) => doubts[a]! - doubts[b]! || a - b)
    return order.map((i) => targets[i]!)
  }

  private isAnyDoubtful(targets: readonly NodeState[], physical: string): boolean {
    const { hints } = this
    for (let i = 0; i < targets.length; i++) {
      const { id, recovering } = targets[i]!
      if (recovering > 0 || hints.isBehind(id, physical)) return true
    }
    return false
  }
}
