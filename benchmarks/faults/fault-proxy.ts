/** A TCP proxy before one node, with which what lies between it and its clients can be spoiled and healed. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { FaultyPipe } from './faulty-pipe.js'
import type { LinkTrouble } from './trouble.js'

interface Link {
  /** Uniform in [0, 1): a trouble of share `s` has those below `s`. */
  readonly lot: number
  readonly client: Socket
  readonly node: Socket
  readonly pipes: readonly FaultyPipe[]
  /** The node's end is gone, and the client is not told. */
  isHalfOpen: boolean
}

export class FaultProxy {
  private readonly links = new Set<Link>()
  /** All that clients have opened, those that were turned away included. */
  private readonly accepted = new Set<Socket>()
  private readonly troubles = new Map<LinkTrouble, number>()
  private readonly server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.accept(client))

  /**
   * @param target - the port of the node on loopback
   * @param random - uniform in [0, 1)
   */
  constructor(
    private readonly target: number,
    private readonly random: () => number,
  ) {}

  /** Listens on a free port of loopback, which is answered. */
  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
    return (this.server.address() as AddressInfo).port
  }

  /** A trouble begins. @param share - of the connections that have it, present and future */
  begin(trouble: LinkTrouble, share = 1): void {
    this.troubles.set(trouble, share)
    for (const link of this.links) {
      if (link.lot >= share) continue
      if (trouble.what === 'cut') reset(link.client)
      else if (trouble.what === 'half-open') {
        link.isHalfOpen = true
        link.node.destroy()
      }
    }
  }

  /** The trouble is over. What is half open stays so until its client gives it up. */
  end(trouble: LinkTrouble): void {
    this.troubles.delete(trouble)
    for (const { pipes } of this.links) for (const pipe of pipes) pipe.pump()
  }

  /** All of them are over. */
  heal(): void {
    for (const trouble of [...this.troubles.keys()]) this.end(trouble)
  }

  /** Ends all connections, in whatever state they are. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    for (const { node } of this.links) node.destroy()
    for (const client of this.accepted) client.destroy()
    await closed
  }

  private accept(client: Socket): void {
    const lot = this.random()
    this.accepted.add(client)
    client.on('close', () => this.accepted.delete(client))
    client.on('error', () => client.destroy())
    if (this.troublesOf(lot).some(({ what }) => what === 'cut')) {
      reset(client)
      return
    }
    const node = connect({ port: this.target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const way = (of: 'to' | 'back') => () =>
      this.troublesOf(lot).filter((trouble) => !('way' in trouble) || trouble.way === of || trouble.way === 'both')
    const pipes = [
      new FaultyPipe(client, node, way('to'), this.random),
      new FaultyPipe(node, client, way('back'), this.random),
    ]
    const link: Link = { lot, client, node, pipes, isHalfOpen: false }
    this.links.add(link)
    node.on('error', () => node.destroy())
    // A node that is gone, or refuses, is seen as such.
    node.on('close', () => link.isHalfOpen || reset(client))
    client.on('close', () => {
      for (const pipe of pipes) pipe.close()
      node.destroy()
      this.links.delete(link)
    })
  }

  private troublesOf(lot: number): LinkTrouble[] {
    return [...this.troubles].flatMap(([trouble, share]) => (lot < share ? [trouble] : []))
  }
}

/** Ends a connection so that the other side sees it reset. One that is just ending must not be reset: it would stay for ever. */
function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy()
  else socket.resetAndDestroy()
}
