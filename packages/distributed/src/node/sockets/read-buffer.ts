/**
 * Accepted sockets that all read into one buffer: `onread` of `net.Socket`, which a server has no option for. The stream
 * machinery and 64 KB allocated for each read cost more than a command does (docs/node.md, measured).
 *
 * A socket is made anew around the handle of the accepted one. That reaches for a private field, `_handle`, and an
 * undocumented option, `handle`; both are there in Node 20 to 24. Where either is missing or does something else, the
 * accepted socket is used as it is, and reads chunks of its own. Knows no protocol.
 */
import { Socket } from 'node:net'
import type { ClientSocket, Reader } from './client-socket.js'

const READ_BYTES = 64 * 1024

interface Handle {
  readonly readStart: () => unknown
  readonly useUserBuffer: (buffer: Uint8Array) => unknown
}

export class ReadBuffer {
  // A Buffer of its own, not one of the pool.
  private readonly buffer = Buffer.alloc(READ_BYTES)
  // Not a Buffer: views of one cost several times those of plain bytes.
  private readonly bytes = new Uint8Array(this.buffer.buffer)
  /** Sockets that have more to be read in the next turn. */
  private yielding: Socket[] = []
  private readonly readers = new WeakMap<ClientSocket, Reader>()

  /** A socket in the place of one that was accepted with `pauseOnConnect`, which is not to be used any more. */
  adopt(accepted: Socket): Socket {
    const { _handle: handle } = accepted as unknown as { _handle?: Partial<Handle> | null }
    if (typeof handle?.readStart !== 'function' || typeof handle.useUserBuffer !== 'function') return accepted
    let reader: Reader | undefined
    const onread = {
      buffer: this.buffer,
      callback: (end: number) => {
        reader ??= this.readers.get(socket)
        reader?.(this.bytes, end)
        if (end < READ_BYTES) return true
        // It would be read again at once, up to 2 MB of it: others have their turn first.
        this.yieldTurn(socket)
        return false
      },
    }
    const options = { handle, onread, manualStart: true }
    ;(accepted as unknown as { _handle: null })._handle = null
    const socket = new Socket(options as object)
    // The server counts the accepted one.
    socket.once('close', () => accepted.destroy())
    return socket
  }

  private yieldTurn(socket: Socket): void {
    if (this.yielding.length === 0) setImmediate(this.goOn)
    this.yielding.push(socket)
  }

  private readonly goOn = (): void => {
    const { yielding } = this
    this.yielding = []
    for (const socket of yielding) if (!socket.isPaused() && !socket.destroyed) socket.resume()
  }

  /** From now on the socket is read, whether it was adopted or not. */
  start(socket: ClientSocket, reader: Reader): void {
    if (socket.readWith !== undefined) return socket.readWith(reader)
    this.readers.set(socket, reader)
    socket.on('data', (chunk) => reader(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length), chunk.length))
    socket.resume()
  }
}
