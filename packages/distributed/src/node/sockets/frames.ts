/**
 * What a node and its workers say to each other about clients, as frames on a stream: a kind, the client's number, a
 * length, and so many bytes. Pure: knows no socket.
 */

/** From a worker: a client is there (its addresses as JSON), has ended its side, is gone. */
export const OPENED = 1
export const ENDED = 2
export const GONE = 3
/** Either way: bytes of a client, or for one. */
export const BYTES = 4
/** From a worker: so many bytes have been taken by the client (a 32-bit number). */
export const TAKEN = 5
/** To a worker: end the client once it has what was sent; end it at once; read no more of it; go on reading. */
export const END = 6
export const DESTROY = 7
export const PAUSE = 8
export const RESUME = 9

const HEADER_BYTES = 9
const FIRST_BYTES = 64 * 1024
/** A larger buffer is let go once it has been taken from. */
const KEPT_BYTES = 1024 * 1024
const NO_BYTES = new Uint8Array(0)

/** Frames gathered until they are taken, so that those of many clients go in one write. */
export class FrameWriter {
  private buffer = new Uint8Array(FIRST_BYTES)
  private view = new DataView(this.buffer.buffer)
  private end = 0

  get length(): number {
    return this.end
  }

  /** Copies bytes in. */
  write(kind: number, client: number, bytes: Uint8Array = NO_BYTES, length: number = bytes.length): void {
    this.reserve(HEADER_BYTES + length)
    this.buffer[this.end] = kind
    this.view.setUint32(this.end + 1, client)
    this.view.setUint32(this.end + 5, length)
    this.end += HEADER_BYTES
    if (length === 0) return
    this.buffer.set(length === bytes.length ? bytes : bytes.subarray(0, length), this.end)
    this.end += length
  }

  writeNumber(kind: number, client: number, number: number): void {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setUint32(0, number)
    this.write(kind, client, bytes)
  }

  /** What was gathered, in a buffer of its own. */
  take(): Uint8Array {
    const taken = this.buffer.slice(0, this.end)
    this.end = 0
    if (this.buffer.length > KEPT_BYTES) this.replace(FIRST_BYTES)
    return taken
  }

  private reserve(bytes: number): void {
    if (this.end + bytes <= this.buffer.length) return
    const before = this.buffer.subarray(0, this.end)
    this.replace(Math.max(this.end + bytes, this.buffer.length * 2))
    this.buffer.set(before)
  }

  private replace(bytes: number): void {
    this.buffer = new Uint8Array(bytes)
    this.view = new DataView(this.buffer.buffer)
  }
}

export interface FrameAudience {
  /** Some bytes of or for a client, as they come: those of one frame may come in pieces. They hold until it returns. */
  bytes(client: number, bytes: Uint8Array): void
  /** Anything else, whole. */
  said(kind: number, client: number, bytes: Uint8Array): void
}

/** Reads frames, whatever the pieces they arrive in. */
export class FrameReader {
  private readonly header = new Uint8Array(HEADER_BYTES)
  private readonly view = new DataView(this.header.buffer)
  private headed = 0
  /** Bytes of the frame under way that have not come. */
  private missing = 0
  private body = NO_BYTES
  private filled = 0

  constructor(private readonly audience: FrameAudience) {}

  read(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (this.headed < HEADER_BYTES) {
        this.header[this.headed++] = chunk[at++]!
        if (this.headed === HEADER_BYTES) this.begin()
        continue
      }
      const piece = chunk.subarray(at, at + this.missing)
      at += piece.length
      this.missing -= piece.length
      this.take(piece)
    }
  }

  private begin(): void {
    this.missing = this.view.getUint32(5)
    this.filled = 0
    if (this.header[0] !== BYTES) this.body = this.missing === 0 ? NO_BYTES : new Uint8Array(this.missing)
    if (this.missing === 0) this.end()
  }

  private take(piece: Uint8Array): void {
    if (this.header[0] === BYTES) {
      // Headed anew before, since who is told may not come back.
      if (this.missing === 0) this.headed = 0
      this.audience.bytes(this.view.getUint32(1), piece)
      return
    }
    this.body.set(piece, this.filled)
    this.filled += piece.length
    if (this.missing === 0) this.end()
  }

  private end(): void {
    this.headed = 0
    if (this.header[0] !== BYTES) this.audience.said(this.header[0]!, this.view.getUint32(1), this.body)
  }
}
