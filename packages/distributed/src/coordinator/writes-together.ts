/**
 * The writes of one turn, put together as one command a node: small records of one namespace without tags. Each is stored on its
 * own, and told what became of it on its own.
 */
import type { Version } from '../record/version.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import { type Outcomes, type StoreRequest, storeCommand, type Told } from './replica-verbs.js'

/** Records in one command, and bytes: more would hold up what others ask of the node meanwhile. */
const MOST = 64
const MOST_BYTES = 64 * 1024
/** From here on a record is a command of its own: there is little to be gained. */
const LARGE = 8 * 1024

/** The writes for one node. */
interface Batch {
  readonly node: string
  readonly requests: StoreRequest[]
  readonly told: Told<Version | undefined>[]
  bytes: number
}

export class WritesTogether {
  private readonly open = new Map<string, Batch>()
  private readonly batches: Batch[] = []

  constructor(
    private readonly cluster: Cluster,
    /** Those of all records that may be put together. */
    private readonly registers: readonly string[],
  ) {}

  /** Stores a record on a node, when all are asked. */
  add(told: Told<Version | undefined>, node: string, request: StoreRequest): void {
    let batch = this.open.get(node)
    if (batch === undefined || !this.hasRoom(batch, request)) {
      batch = { node, requests: [], told: [], bytes: 0 }
      this.open.set(node, batch)
      this.batches.push(batch)
    }
    batch.requests.push(request)
    batch.told.push(told)
    batch.bytes += this.isAlone(request) ? MOST_BYTES : request.envelope.length
  }

  send(budget: Budget): void {
    for (const batch of this.batches) this.sendBatch(batch, budget)
  }

  private isAlone({ registers, envelope, limits, isCopy }: StoreRequest): boolean {
    // A script of a Redis Cluster is given keys of one hash slot.
    if (this.cluster.parts.transport.isSlotted) return true
    return registers !== this.registers || envelope.length >= LARGE || limits !== undefined || isCopy === true
  }

  private hasRoom({ requests, bytes }: Batch, request: StoreRequest): boolean {
    return requests.length < MOST && bytes + request.envelope.length <= MOST_BYTES && !this.isAlone(request)
  }

  private sendBatch({ node, requests, told }: Batch, budget: Budget): void {
    const { verbs } = this.cluster
    const alone = (i: number) => verbs.storeFor(told[i]!, node, requests[i]!, storeCommand(requests[i]!), budget)
    if (requests.length === 1) return alone(0)
    const all: Told<Outcomes> = {
      heard: (outcomes) => {
        for (let i = 0; i < told.length; i++) {
          // Whatever it stumbled over may concern one of them only.
          if (outcomes === 'refused') alone(i)
          else told[i]!.heard(outcomes === 'stored' ? undefined : outcomes[i])
        }
      },
      failed: (reason) => {
        for (const each of told) each.failed(reason)
      },
    }
    verbs.storeEachFor(all, node, this.registers, requests, budget)
  }
}
