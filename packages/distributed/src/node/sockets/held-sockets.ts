/**
 * What a worker does: holds the sockets of clients, TLS and all, reads and writes them, and passes bytes on to the node and
 * back. It knows no command. What it keeps is bounded: of the node's replies by the window of each client, of clients'
 * bytes by the link, whose other end not keeping up stops all reading.
 */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer, type Server, type TlsOptions } from 'node:tls'
import { WINDOW_BYTES } from './distant-socket.js'
import { BYTES, DESTROY, END, ENDED, GONE, OPENED, PAUSE, RESUME, TAKEN } from './frames.js'
import { Link } from './link.js'
import { ReadBuffer } from './read-buffer.js'

interface Client {
  readonly socket: Socket
  /** The node has asked to read no more of it. */
  isPaused: boolean
  /** Bytes taken of which the node has not been told. */
  taken: number
}

/** So much is taken by a client before the node is told: one that keeps up costs no frame. */
const TOLD_FROM_BYTES = WINDOW_BYTES / 4

export class HeldSockets {
  private readonly clients = new Map<number, Client>()
  private readonly reading = new ReadBuffer()
  private readonly link: Link
  private readonly tlsServer: Server | undefined
  /** Addresses of those who have not shaken hands yet. */
  private readonly handshaking = new Set<string>()
  private isHoldingOn = false
  private lastId = 0

  constructor(stream: Duplex, tls: TlsOptions | undefined) {
    // All that one turn of the loop has read goes in one write.
    this.link = new Link(stream, this, setImmediate, (isFull) => this.holdOn(isFull))
    if (tls === undefined) return
    this.tlsServer = createServer(tls, (socket) => {
      this.handshaking.delete(addressOf(socket))
      this.add(socket)
    })
    this.tlsServer.on('tlsClientError', (_error, socket) => socket.destroy())
  }

  /** Takes a socket over; the node is told once it can be talked to, or (of nobody, 0) that it never could. */
  take(socket: Socket): void {
    if (this.tlsServer === undefined) return this.add(this.reading.adopt(socket))
    const address = addressOf(socket)
    this.handshaking.add(address)
    socket.once('close', () => {
      if (this.handshaking.delete(address)) this.link.send(GONE, 0)
    })
    this.tlsServer.emit('connection', socket)
  }

  bytes(id: number, bytes: Uint8Array): void {
    const client = this.clients.get(id)
    if (client === undefined) return
    const { socket } = client
    const { length } = bytes
    // What is not taken at once would keep the whole chunk that it came in.
    socket.write(socket.writableLength > 0 ? Uint8Array.from(bytes) : bytes, () => {
      client.taken += length
      if (client.taken >= TOLD_FROM_BYTES) this.tell(id, client)
    })
  }

  said(kind: number, id: number): void {
    const client = this.clients.get(id)
    if (client === undefined) return
    const { socket } = client
    if (kind === END) socket.end()
    else if (kind === DESTROY) socket.destroy()
    else if (kind === PAUSE || kind === RESUME) {
      client.isPaused = kind === PAUSE
      if (client.isPaused) socket.pause()
      else if (!this.isHoldingOn) socket.resume()
    }
  }

  private add(socket: Socket): void {
    const id = ++this.lastId
    // What a client has asked for before it ended its side is answered.
    socket.allowHalfOpen = true
    const client: Client = { socket, isPaused: false, taken: 0 }
    this.clients.set(id, client)
    const { remoteAddress, remotePort, localAddress, localPort } = socket
    const ends = JSON.stringify({ remoteAddress, remotePort, localAddress, localPort })
    this.link.send(OPENED, id, Buffer.from(ends))
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 60_000)
    socket.on('error', () => socket.destroy())
    socket.on('end', () => this.link.send(ENDED, id))
    socket.on('close', () => {
      this.clients.delete(id)
      this.link.send(GONE, id)
    })
    this.reading.start(socket, (bytes, end) => this.link.send(BYTES, id, bytes, end))
    if (this.isHoldingOn) socket.pause()
  }

  private tell(id: number, client: Client): void {
    this.link.sendNumber(TAKEN, id, client.taken)
    client.taken = 0
  }

  /** The node does not keep up: nobody is read until it does. */
  private holdOn(isFull: boolean): void {
    this.isHoldingOn = isFull
    for (const { socket, isPaused } of this.clients.values()) {
      if (isFull) socket.pause()
      else if (!isPaused) socket.resume()
    }
  }
}

function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
