/**
 * A client whose socket a worker holds, as the node sees it: a stream of the same shape as a socket. What is written waits
 * here, and not with the worker, while the client does not take it, so that the bounds of a session hold as they do for a
 * socket of the node's own.
 */
import { Duplex } from 'node:stream'
import type { ClientSocket, Reader } from './client-socket.js'
import { BYTES, DESTROY, END, PAUSE, RESUME } from './frames.js'
import type { Link } from './link.js'

/** How much may be with the worker that the client has not taken. */
export const WINDOW_BYTES = 256 * 1024

export interface Ends {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
}

export class DistantSocket extends Duplex implements ClientSocket {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  bytesRead = 0
  bytesWritten = 0
  private reader: Reader | undefined
  private isGone = false
  private isAskedToPause = false
  /** Bytes that are with the worker. */
  private outside = 0
  private goOn: (() => void) | undefined

  constructor(
    private readonly link: Link,
    readonly id: number,
    { remoteAddress, remotePort, localAddress, localPort }: Ends,
  ) {
    super({ allowHalfOpen: false, decodeStrings: true })
    this.remoteAddress = remoteAddress
    this.remotePort = remotePort
    this.localAddress = localAddress
    this.localPort = localPort
  }

  /** Hands what comes to the reader, without the stream between them unless it is paused. */
  readWith(reader: Reader): void {
    this.reader = reader
    this.on('data', (chunk: Uint8Array) => reader(chunk, chunk.length))
    this.resume()
  }

  /** The client has sent bytes, which hold until this returns. */
  deliver(bytes: Uint8Array): void {
    if (this.destroyed) return
    this.bytesRead += bytes.length
    if (this.reader !== undefined && !this.isPaused() && this.readableLength === 0) this.reader(bytes, bytes.length)
    else this.push(Uint8Array.from(bytes))
  }

  /** The client has ended its side. */
  ended(): void {
    if (!this.destroyed) this.push(null)
  }

  /** The client, or the worker, is no more. */
  gone(): void {
    this.isGone = true
    this.destroy()
  }

  /** The client has taken so many bytes. */
  taken(bytes: number): void {
    this.outside -= bytes
    if (this.outside > WINDOW_BYTES || this.goOn === undefined) return
    const { goOn } = this
    this.goOn = undefined
    goOn()
  }

  override pause(): this {
    if (!this.isAskedToPause) this.link.send(PAUSE, this.id)
    this.isAskedToPause = true
    return super.pause()
  }

  override resume(): this {
    if (this.isAskedToPause) this.link.send(RESUME, this.id)
    this.isAskedToPause = false
    return super.resume()
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.link.send(BYTES, this.id, chunk)
    this.bytesWritten += chunk.length
    this.outside += chunk.length
    if (this.outside <= WINDOW_BYTES) done()
    else this.goOn = done
  }

  override _final(done: () => void): void {
    this.link.send(END, this.id)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.isGone) this.link.send(DESTROY, this.id)
    this.goOn = undefined
    done(error)
  }
}
