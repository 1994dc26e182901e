/**
 * A socket to a node, plain or TLS. Plain ones all read into one buffer: the stream machinery and 64 KB allocated for each
 * read would cost more than the replies in them.
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { NodeAddress } from './node-address.js'

/** Takes what came: the bytes before `end`, which are its own only until it returns. */
export type ReadBytes = (bytes: Uint8Array, end: number) => void

/** Opens a socket whose bytes are read by `read`. */
export type OpenSocket = (read: ReadBytes) => Socket

const buffer = Buffer.alloc(64 * 1024)
// Not a Buffer: copies of a part of one cost several times those of plain bytes.
const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)

/** @param read - without it, the socket's chunks are its listeners' */
export function openSocket(address: NodeAddress, options: ConnectionOptions | undefined, read?: ReadBytes): Socket {
  const { host, port, tls } = address
  if (!tls) {
    if (read === undefined) return connectTcp({ host, port })
    const callback = (end: number) => {
      read(bytes, end)
      return true
    }
    return connectTcp({ host, port, onread: { buffer, callback } })
  }
  // A server name must not be an address (RFC 6066).
  const servername = isIP(host) === 0 ? { servername: host } : {}
  const socket = connectTls({ host, port, ...servername, ...options })
  if (read === undefined) return socket
  return socket.on('data', (chunk: Buffer) => {
    read(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length), chunk.length)
  })
}
