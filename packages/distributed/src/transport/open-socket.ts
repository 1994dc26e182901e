/** A socket to a node, plain or TLS. */
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { NodeAddress } from './node-address.js'

export function openSocket({ host, port, tls }: NodeAddress, options: ConnectionOptions | undefined): Socket {
  if (!tls) return connectTcp({ host, port })
  // A server name must not be an address (RFC 6066).
  const servername = isIP(host) === 0 ? { servername: host } : {}
  return connectTls({ host, port, ...servername, ...options })
}
