/**
 * Nodes that have lost their memory and whom nobody saw go: restarted so quickly that no call failed, or while no client was there. A
 * node that is whole has a mark (`rebuild-claim.ts`), which is lost with its memory; every client that opens a connection looks for it.
 *
 * A cache that begins has no marks anywhere, and nothing to be made whole: whoever meets that sets them.
 */
import type { Cluster } from './cluster.js'
import { insist } from './comparison.js'
import type { ComparisonVerbs } from './comparison-verbs.js'
import { WHOLE, wholeMark } from './rebuild-claim.js'

export class LostMemory {
  private readonly mark: string
  /** Nodes without a mark of which it is not known whether they have lost something, since too few others were in reach. */
  private readonly unsure = new Set<string>()
  /** One look after the other: who meets a cache that begins marks all of its nodes at once. */
  private last: Promise<unknown> = Promise.resolve()

  /** @param rebuild - makes a node whole. Never rejects */
  constructor(
    private readonly cluster: Cluster,
    private readonly verbs: ComparisonVerbs,
    root: string,
    private readonly rebuild: (node: string) => Promise<void>,
  ) {
    this.mark = wholeMark(root)
  }

  /** A connection to `node` was opened, for the first time or anew. Resolves once it was looked at, and rebuilt if need be. Never rejects. */
  async look(node: string): Promise<void> {
    const nodes = new Set([node, ...this.unsure])
    const looked = this.last.then(() => Promise.all([...nodes].map((each) => this.hasLost(each))))
    this.last = looked.catch(() => undefined)
    const lost = await looked.catch(() => [])
    await Promise.all([...nodes].map((each, i) => (lost[i] === true ? this.rebuild(each) : undefined)))
  }

  private async hasLost(node: string): Promise<boolean> {
    const { cluster } = this
    this.unsure.delete(node)
    if (cluster.nodes.length < 2) return false
    // Who is down is rebuilt when it is back.
    const isMarked = async () => !cluster.isUp(node) || (await this.isMarked(node))
    if (await insist(cluster, isMarked)) return false
    const others = cluster.nodes.filter((each) => each !== node)
    const outcomes = await Promise.allSettled(others.map((each) => this.isMarked(each)))
    if (outcomes.some((outcome) => outcome.status === 'fulfilled' && outcome.value)) return true
    const bare = [node, ...others.filter((_, i) => outcomes[i]!.status === 'fulfilled')]
    if (bare.length <= cluster.nodes.length / 2) this.unsure.add(node)
    else await Promise.allSettled(bare.map((each) => this.setMark(each)))
    return false
  }

  private async isMarked(node: string): Promise<boolean> {
    const { cluster, verbs, mark } = this
    return (await cluster.ask(node, () => verbs.text(node, mark, cluster.budget()))) !== undefined
  }

  private setMark(node: string): Promise<void> {
    const { cluster, verbs, mark } = this
    return cluster.ask(node, () => verbs.mark(node, mark, WHOLE, cluster.budget()))
  }
}
