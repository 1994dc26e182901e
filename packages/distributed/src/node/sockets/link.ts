/** One end of the stream between a node and a worker: frames gathered and sent together. Knows no client. */
import type { Duplex } from 'node:stream'
import { type FrameAudience, FrameReader, FrameWriter } from './frames.js'

/** Beyond, whoever sends is asked to hold on until the other side has read. */
const PAUSE_BEYOND_BYTES = 4 * 1024 * 1024

export class Link {
  private readonly writer = new FrameWriter()
  private isWaiting = false
  private isFull = false

  /**
   * @param later - calls back when all that is to go in one write has been said
   * @param onFull - told when the other side does not keep up, and when it does again
   */
  constructor(
    private readonly stream: Duplex,
    audience: FrameAudience,
    private readonly later: (flush: () => void) => void,
    private readonly onFull: (isFull: boolean) => void = () => {},
  ) {
    const reader = new FrameReader(audience)
    stream.on('data', (chunk: Uint8Array) => reader.read(chunk))
    stream.on('drain', () => this.drained())
    // Its closing is told to whoever owns the stream.
    stream.on('error', () => {})
  }

  send(kind: number, client: number, bytes?: Uint8Array, length?: number): void {
    this.writer.write(kind, client, bytes, length)
    this.schedule()
  }

  sendNumber(kind: number, client: number, number: number): void {
    this.writer.writeNumber(kind, client, number)
    this.schedule()
  }

  private schedule(): void {
    if (this.isWaiting) return
    this.isWaiting = true
    this.later(() => this.flush())
  }

  private flush(): void {
    this.isWaiting = false
    if (this.writer.length === 0) return
    const frames = this.writer.take()
    if (this.stream.destroyed) return
    this.stream.write(frames)
    if (this.isFull || this.stream.writableLength <= PAUSE_BEYOND_BYTES) return
    this.isFull = true
    this.onFull(true)
  }

  private drained(): void {
    if (!this.isFull) return
    this.isFull = false
    this.onFull(false)
  }
}
