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
      if (trouble.what === 'cut') link.client.resetAndDestroy()
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

  async close(): Promise<void> {
    this.server.close()
    for (const { client, node } of this.links) {
      client.destroy()
      node.destroy()
    }
    await once(this.server, 'close')
  }

  private accept(client: Socket): void {
    const lot = this.random()
    client.on('error', () => client.destroy())
    if (this.troublesOf(lot).some(({ what }) => what === 'cut')) {
      client.resetAndDestroy()
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
    node.on('close', () => link.isHalfOpen || client.resetAndDestroy())
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
