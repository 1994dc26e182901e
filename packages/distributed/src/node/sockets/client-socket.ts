/** What a session needs of a client's socket: one of this process, or one that a worker holds. */
import type { Duplex } from 'node:stream'

/** Takes what has come: of `bytes`, as far as `end`. They hold until it returns. */
export type Reader = (bytes: Uint8Array, end: number) => void

export interface ClientSocket extends Duplex {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  /** Bytes that came in and went out. */
  readonly bytesRead: number
  readonly bytesWritten: number
  setNoDelay(isOn?: boolean): this
  setKeepAlive(isOn?: boolean, delay?: number): this
  /** Where it has a way of its own to be read. */
  readWith?(reader: Reader): void
}
