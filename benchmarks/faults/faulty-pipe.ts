/** One direction of one connection: bytes go through in order, late, slowly, damaged or not at all, as its troubles say. */
import type { Socket } from 'node:net'
import type { LinkTrouble } from './trouble.js'

/** What waits in one pipe at most before its source is asked to wait, bytes. */
const MOST_WAITING = 1_048_576

export class FaultyPipe {
  private readonly waiting: Buffer[] = []
  private bytesWaiting = 0
  private timer: NodeJS.Timeout | undefined
  /** When the piece at the head may go on. */
  private dueAt = 0
  private isEnded = false

  /**
   * @param troublesNow - what is wrong with this direction now
   * @param random - uniform in [0, 1)
   */
  constructor(
    private readonly source: Socket,
    private readonly target: Socket,
    private readonly troublesNow: () => readonly LinkTrouble[],
    private readonly random: () => number,
  ) {
    source.on('data', (piece) => this.take(piece as Buffer))
    source.on('end', () => {
      this.isEnded = true
      this.pump()
    })
    target.on('drain', () => this.source.resume())
  }

  /** Has waiting bytes looked at again, when troubles have changed. */
  pump(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    const troubles = this.troublesNow()
    while (this.waiting.length > 0) {
      if (troubles.some(({ what }) => what === 'silence')) return
      const now = performance.now()
      if (now < this.dueAt) {
        this.timer = setTimeout(() => this.pump(), this.dueAt - now)
        return
      }
      const piece = this.waiting.shift()!
      this.bytesWaiting -= piece.length
      if (!this.target.write(this.damaged(piece, troubles))) this.source.pause()
      this.dueAt = this.waiting.length > 0 ? now + this.delayOf(this.waiting[0]!, troubles) : 0
    }
    if (this.bytesWaiting < MOST_WAITING && !this.target.writableNeedDrain) this.source.resume()
    if (this.isEnded) this.target.end()
  }

  /** Nothing goes through any more. */
  close(): void {
    clearTimeout(this.timer)
    this.waiting.length = 0
  }

  private take(piece: Buffer): void {
    // A slow line carries small pieces.
    if (this.waiting.length === 0) this.dueAt = performance.now() + this.delayOf(piece, this.troublesNow())
    this.waiting.push(piece)
    this.bytesWaiting += piece.length
    if (this.bytesWaiting >= MOST_WAITING) this.source.pause()
    this.pump()
  }

  private delayOf(piece: Buffer, troubles: readonly LinkTrouble[]): number {
    let ms = 0
    for (const trouble of troubles) {
      if (trouble.what === 'latency') ms += trouble.ms * (0.5 + this.random())
      else if (trouble.what === 'throttle') ms += (piece.length / trouble.bytesPerSecond) * 1000
    }
    return ms
  }

  private damaged(piece: Buffer, troubles: readonly LinkTrouble[]): Buffer {
    const corruption = troubles.find(({ what }) => what === 'corruption')
    if (corruption?.what !== 'corruption' || this.random() >= corruption.chance) return piece
    const copy = Buffer.from(piece)
    const at = Math.floor(this.random() * copy.length)
    copy[at] = copy[at]! ^ (1 << Math.floor(this.random() * 8))
    return copy
  }
}
