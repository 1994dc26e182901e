/**
 * A network in memory whose every request and every reply waits for its turn, which a scheduler chooses: all orders that connections
 * allow, on each of which nothing overtakes anything.
 */
import type fc from 'fast-check'
import type { Command, Reply } from '../src/resp/reply.js'
import type { SimulatedNetwork } from '../src/testing/simulated-network.js'
import type { ReplicaTransport } from '../src/transport/replica-transport.js'

interface Sent {
  readonly command: Command
  readonly resolve: (reply: Reply) => void
}

/** What is on its way between a client and a node. */
interface Line {
  readonly requests: Sent[]
  readonly replies: (() => void)[]
}

export class ScheduledNetwork implements ReplicaTransport {
  private readonly lines = new Map<string, Line>()

  /** @param client - by which its steps are told from others' */
  constructor(
    private readonly nodes: SimulatedNetwork,
    private readonly scheduler: fc.Scheduler,
    private readonly client: string,
  ) {}

  send(node: string, command: Command): Promise<Reply> {
    const line = this.lines.get(node) ?? { requests: [], replies: [] }
    this.lines.set(node, line)
    return new Promise((resolve) => {
      line.requests.push({ command, resolve })
      void this.step(`${this.client} > ${node}`).then(() => this.deliver(node, line))
    })
  }

  async close(): Promise<void> {}

  private deliver(node: string, { requests, replies }: Line): void {
    const { command, resolve } = requests.shift()!
    const reply = this.nodes.execute(node, command)
    replies.push(() => resolve(reply))
    void this.step(`${node} > ${this.client}`).then(() => replies.shift()!())
  }

  private step(label: string): Promise<void> {
    return this.scheduler.schedule(Promise.resolve(), label)
  }
}
