/** The reads of one turn, put together as one question a node. */
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import type { NodeState } from './node-state.js'
import { type BatchedRead, ReadBatch } from './read-batch.js'

/** Keys in one question: more would hold up what others ask of the node meanwhile. */
const MOST = 128

export class ReadsTogether {
  private readonly open = new Map<NodeState, ReadBatch>()
  private readonly batches: ReadBatch[] = []
  private readonly most: number

  constructor(
    private readonly cluster: Cluster,
    /** The registers of all keys that are asked for. */
    private readonly registers: readonly string[],
  ) {
    // The keys of one question must share a hash slot there.
    this.most = cluster.parts.transport.isSlotted ? 1 : MOST
  }

  /** Asks a node what it shows under the read's key, when all are asked. */
  add(read: BatchedRead, state: NodeState, isKept: boolean): void {
    let batch = this.open.get(state)
    if (batch === undefined || batch.size === this.most) {
      batch = new ReadBatch(this.cluster, state, this.registers)
      this.open.set(state, batch)
      this.batches.push(batch)
    }
    batch.add(read)
    if (isKept) batch.isKept = true
  }

  send(budget: Budget): void {
    for (const batch of this.batches) batch.send(budget)
  }
}
