/**
 * Reads of many keys at once, as one question a node: the records that it is asked for in one turn, then the registers that
 * all of them share. Each key has its own answer and goes its own way with it; if the question fails, each of them fails.
 */
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import type { ReadRequest, Shown } from './read-request.js'

/** Keys in one question: more would hold up what others ask of the node meanwhile. */
const MOST = 128

interface Asked {
  readonly key: string
  resolve(shown: Shown): void
  reject(reason: unknown): void
}

export class ReadsTogether {
  private readonly byNode = new Map<string, Asked[]>()

  constructor(
    private readonly cluster: Cluster,
    /** The registers of all keys that are asked for. */
    private readonly registers: readonly string[],
  ) {}

  /** What a node shows under the key and its registers. Sent at the end of the turn. */
  read(node: string, { key }: ReadRequest, budget: Budget): Promise<Shown> {
    return new Promise((resolve, reject) => {
      let group = this.byNode.get(node)
      if (group === undefined) {
        if (this.byNode.size === 0) queueMicrotask(() => this.send(budget))
        group = []
        this.byNode.set(node, group)
      }
      group.push({ key, resolve, reject })
    })
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
    this.cluster.verbs.read(node, keys, budget).then(
      (values) => {
        const registers = values.slice(group.length)
        for (const [i, { resolve }] of group.entries()) resolve([values[i]!, ...registers])
      },
      (error) => {
        for (const { reject } of group) reject(error)
      },
    )
  }
}
