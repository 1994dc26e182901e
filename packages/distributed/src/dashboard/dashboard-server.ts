/** The dashboard on a port of its own. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CacheConfigError } from '@mtaio/exceptions'
import { isLoopback } from './access.js'
import { type DashboardParts, serveDashboard } from './dashboard.js'

export interface DashboardPlace {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

/** How long a request may take to arrive, ms; and how many connections there may be. */
const PATIENCE = 10_000
const MAX_CONNECTIONS = 64

/**
 * Serves until it is closed.
 *
 * @returns where it is, and how to close it
 * @throws CacheConfigError for a host that is not loopback without a token, and where the port cannot be had
 */
export async function startDashboardServer(
  parts: DashboardParts,
  { host, port }: DashboardPlace,
): Promise<{ url: string; close(): Promise<void> }> {
  checkDashboardAccess(host, parts.token)
  const server = createServer({ requestTimeout: PATIENCE, headersTimeout: PATIENCE }, (request, response) => {
    serveDashboard(parts, request, response).catch(() => response.destroy())
  })
  server.maxConnections = MAX_CONNECTIONS
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    const { code } = cause as { code?: string }
    const why = code === 'EADDRINUSE' ? 'it is in use' : (cause as Error).message
    throw new CacheConfigError(`the dashboard cannot listen on port ${port} of ${host}: ${why}`, { cause })
  }
  return { url: urlOf(server, host), close: () => closed(server) }
}

/** @throws CacheConfigError for a host that is not loopback without a token */
export function checkDashboardAccess(host: string, token: string | undefined): void {
  if (token !== undefined || isLoopback(host)) return
  throw new CacheConfigError(
    `a dashboard on ${host} shows keys to whoever reaches it: give a token (--token, on a node --dashboard-token), or leave its host at 127.0.0.1`,
  )
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/`
}

async function closed(server: Server): Promise<void> {
  const gone = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await gone
}
