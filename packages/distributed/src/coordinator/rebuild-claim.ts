/**
 * Who rebuilds a node, and that it is whole: said on the node itself, so that it is lost with the node's memory. Whoever began with a
 * memory that is gone since finds his claim gone, too, and has said of nobody's memory that it is whole.
 *
 * `!repair:<namespace>` holds the claim, for a while: of several clients one does the work, and another takes over from one that has
 * vanished. `!whole:<namespace>` stands as long as the memory in which it was written.
 */
import type { CancelTimer } from '@mtaio/core'
import type { Cluster } from './cluster.js'
import type { ComparisonVerbs } from './comparison-verbs.js'

/** What a client that wants to rebuild a node finds there. */
export type ClaimState = 'ours' | 'theirs' | 'done'

const CLAIM_MS = 15_000
/** Whoever sees the node come back a little later need not do it again. */
const DONE_MS = 15_000
/** Said in the claim's place once the work is done, and for good under the mark. */
export const WHOLE = 'whole'

export class RebuildClaim {
  /** Whether it was found to be gone. */
  isLost = false
  private readonly key: string
  private readonly mark: string

  /** @param token - by which it is told from all other claims, this client's own included */
  constructor(
    private readonly cluster: Cluster,
    private readonly verbs: ComparisonVerbs,
    private readonly node: string,
    root: string,
    private readonly token: string,
  ) {
    this.key = `!repair:${root}`
    this.mark = wholeMark(root)
  }

  /** @throws CacheConnectionError */
  async take(): Promise<ClaimState> {
    const { cluster, verbs, node, key } = this
    if (await cluster.ask(node, () => verbs.claim(node, key, this.token, CLAIM_MS, cluster.budget()))) return 'ours'
    return (await cluster.ask(node, () => verbs.text(node, key, cluster.budget()))) === WHOLE ? 'done' : 'theirs'
  }

  /**
   * Runs `work` while the claim is renewed, and says then that the node is whole. False where its memory, or the claim, was lost
   * meanwhile: then nothing was said. Rejects as `work` does.
   */
  async during(work: () => Promise<unknown>): Promise<boolean> {
    const { clock } = this.cluster.parts
    let cancel: CancelTimer | undefined
    const renew = () => {
      cancel = clock.setTimer(() => {
        this.hold([this.key], this.token, CLAIM_MS).catch(() => undefined)
        renew()
      }, CLAIM_MS / 3)
    }
    renew()
    try {
      await work()
      return !this.isLost && (await this.hold([this.key, this.mark], WHOLE, DONE_MS))
    } finally {
      cancel?.()
    }
  }

  private async hold(keys: readonly [string, string?], text: string, ms: number): Promise<boolean> {
    const { cluster, verbs, node, token } = this
    const isHeld = await cluster.ask(node, () => verbs.hold(node, keys, token, text, ms, cluster.budget()))
    if (!isHeld) this.isLost = true
    return isHeld
  }
}

/** Where it stands that a node has kept its memory since it was whole. */
export function wholeMark(root: string): string {
  return `!whole:${root}`
}
