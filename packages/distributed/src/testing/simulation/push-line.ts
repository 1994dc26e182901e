/**
 * A client's connection to one node for hearing pushes, as TCP: what is sent on it arrives in order, late, or not at all; other
 * connections are another order. It can be lost with both ends told, or without a word to the client.
 */
import { CacheConnectionError, CacheTimeoutError } from '@mtaio/exceptions'
import type { Command, Reply } from '../../resp/reply.js'
import type { PushConnection, PushListener, SendOptions } from '../../transport/replica-transport.js'
import type { Process } from './process.js'
import type { SeededRandom } from './seeded-random.js'
import type { SimulatedNode } from './simulated-node.js'
import type { VirtualTime } from './virtual-time.js'

/** What a line goes through. */
export interface Wire {
  readonly time: VirtualTime
  readonly random: SeededRandom
  /** What one way takes now, ms. */
  delay(node: SimulatedNode): number
  /** Whether anything gets through at present. */
  passes(node: SimulatedNode, way: 'to' | 'back'): boolean
  note(what: string): void
}

interface Message {
  /** When it is there at the earliest. */
  readonly at: number
  readonly arrive: () => void
}

/** A line that does not let anything through tries again so soon, ms. */
const RETRANSMISSION = 30
/** A node that goes down tells its clients so often. */
const TOLD = 0.5

export class PushLine implements PushConnection {
  private readonly waiting: { resolve(reply: Reply): void }[] = []
  private readonly state
  /** What is under way, each way. */
  private readonly under = { to: [] as Message[], back: [] as Message[] }
  private isOver = false
  /** The client has been told, or does not care any more. */
  private isDeaf = false

  constructor(
    /** Whose it is. */
    readonly client: string,
    private readonly process: Process,
    private readonly node: SimulatedNode,
    private readonly listener: PushListener,
    private readonly wire: Wire,
  ) {
    this.state = node.accept((push) =>
      this.travel('back', () => {
        process.run(() => {
          wire.note(`    ${node.id} tells ${client} ${shown(push)}`)
          if (!this.isDeaf) listener.onPush(push)
        })
      }),
    )
    node.lines.add(this)
    if (node.isDown) this.lose(true)
  }

  send(command: Command, { deadline }: SendOptions): Promise<Reply> {
    const { time } = this.wire
    return new Promise((resolve, reject) => {
      const cancel = time.schedule(
        () =>
          this.process.run(() => reject(new CacheTimeoutError(`${this.node.id} is silent`, { node: this.node.id }))),
        deadline - time.now,
      )
      const waiting = {
        resolve: (reply: Reply) => {
          cancel()
          this.process.run(() => resolve(reply))
        },
      }
      this.travel('to', () => {
        this.waiting.push(waiting)
        this.node.process.run(() => {
          if (this.isOver) return
          const reply = this.node.runFor(this.state, command)
          this.travel('back', () => this.waiting.shift()?.resolve(reply))
        })
      })
    })
  }

  close(): void {
    this.isDeaf = true
    this.end()
  }

  /** @param isTold - whether the client comes to know */
  lose(isTold = this.wire.random.chance(TOLD)): void {
    if (this.isOver) return
    this.wire.note(`the line of ${this.client} to ${this.node.id} is lost${isTold ? '' : ', and nobody is told'}`)
    this.end()
    if (!isTold) return
    this.wire.time.schedule(() => {
      this.process.run(() => {
        if (this.isDeaf) return
        this.isDeaf = true
        this.listener.onClosed(new CacheConnectionError(`${this.node.id} is gone`, { node: this.node.id }))
      })
    }, this.wire.delay(this.node))
  }

  private end(): void {
    if (this.isOver) return
    this.isOver = true
    this.node.lines.delete(this)
    this.node.forget(this.state)
  }

  /** One way, behind what was sent before. */
  private travel(way: 'to' | 'back', arrive: () => void): void {
    const queue = this.under[way]
    queue.push({ at: this.wire.time.now + this.wire.delay(this.node), arrive })
    if (queue.length === 1) this.carry(way)
  }

  private carry(way: 'to' | 'back'): void {
    const { time } = this.wire
    const queue = this.under[way]
    const [first] = queue
    if (first === undefined) return
    const attempt = () => {
      if (this.isOver || this.isDeaf) return
      if (!this.wire.passes(this.node, way)) return void time.schedule(attempt, RETRANSMISSION)
      first.arrive()
      queue.shift()
      this.carry(way)
    }
    time.schedule(attempt, first.at - time.now)
  }
}

function shown([kind, keys]: readonly Reply[]): string {
  const text = (reply: Reply | undefined): string =>
    reply instanceof Uint8Array
      ? Buffer.from(reply).toString()
      : Array.isArray(reply)
        ? reply.map(text).join(' ')
        : 'everything'
  return `${text(kind)} ${text(keys)}`
}
