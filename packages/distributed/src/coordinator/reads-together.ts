/**
 * Reads of many keys at once, as one question a node: the records that it is asked for in one turn, then the registers that
 * all of them share. Each key has its own answer and goes its own way with it; if the question fails, each of them fails.
 */
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import type { Shown } from './read-request.js'
import type { Told } from './replica-verbs.js'

/** Keys in one question: more would hold up what others ask of the node meanwhile. */
const MOST = 128

interface Asked {
  readonly key: string
  readonly told: Told<Shown>
}

export class ReadsTogether {
  private readonly byNode = new Map<string, Asked[]>()

  constructor(
    private readonly cluster: Cluster,
    /** The registers of all keys that are asked for. */
    private readonly registers: readonly string[],
  ) {}

  /** Asks what a node shows under the key and its registers, at the end of the turn. */
  readFor(told: Told<Shown>, node: string, key: string, budget: Budget): void {
    let group = this.byNode.get(node)
    if (group === undefined) {
      if (this.byNode.size === 0) queueMicrotask(() => this.send(budget))
      group = []
      this.byNode.set(node, group)
    }
    group.push({ key, told })
  }

  private send(budget: Budget): void {
    const groups = [...this.byNode]
    this.byNode.clear()
    for (const [node, group] of groups) {
      for (let from = 0; from < group.length; from += MOST) this.ask(node, group.slice(from, from + MOST), budget)
    }
  }

  private ask(node: string, group: readonly Asked[], budget: Budget): void {
    const keys = [...group.map(({ key }) => key), ...this.registers]
    const shared: Told<readonly (Uint8Array | null)[]> = {
      heard: (values) => {
        const registers = values.slice(group.length)
        for (let i = 0; i < group.length; i++) group[i]!.told.heard([values[i]!, ...registers])
      },
      failed: (error) => {
        for (const { told } of group) told.failed(error)
      },
    }
    this.cluster.verbs.readFor(shared, node, keys, budget)
  }
}
