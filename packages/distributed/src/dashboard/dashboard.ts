/**
 * The dashboard as a handler of HTTP requests, to be served on a port of its own or beside something else. It only looks:
 * no request changes anything. Knows no socket.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { CacheError } from '@mtaio/exceptions'
import { isSame } from '../node/http/bearer.js'
import type { ClusterState } from '../observe/cluster-observer.js'
import { accessOf, TOKEN_COOKIE } from './access.js'
import type { PageFile } from './page-files.js'

export interface DashboardParts {
  readonly page: ReadonlyMap<string, PageFile>
  /** What is seen now. */
  readonly state: () => ClusterState
  /** What each replica of a key holds, as plain data. */
  readonly inspect: (namespace: readonly string[], key: string) => Promise<unknown>
  /** What a viewer has to show; without it, only this machine is let in. */
  readonly token: string | undefined
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // The chart library places its canvas by inline styles.
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}
const MAX_NAMESPACES = 16

/** Answers a request. Never rejects: what goes wrong is the answer. */
export async function serveDashboard(
  parts: DashboardParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://dashboard')
  const say = (status: number, type: string, body: string | Uint8Array, more: Record<string, string> = {}) => {
    response.writeHead(status, { ...HEADERS, 'content-type': type, ...more })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
  const text = (status: number, message: string) => say(status, 'text/plain; charset=utf-8', `${message}\n`)
  const json = (status: number, value: unknown) => say(status, 'application/json', JSON.stringify(value))

  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'the dashboard only looks: GET')
  const { token } = parts
  const shown = url.searchParams.get('token')
  if (token !== undefined && shown !== null && url.pathname === '/') {
    // Into a cookie and out of the address, which is seen over shoulders and kept in histories.
    if (!isSame(shown, token)) return text(401, 'this is not the token')
    const cookie = `${TOKEN_COOKIE}=${encodeURIComponent(shown)}; HttpOnly; SameSite=Strict; Path=/`
    return say(303, 'text/plain', '', { location: '/', 'set-cookie': cookie })
  }
  const access = accessOf(request.headers, token)
  if (access === 'foreign') return text(403, 'without a token, the dashboard answers to localhost only')
  if (access === 'refused') return text(401, 'show the token: open /?token=…, or send Authorization: Bearer …')

  const file = parts.page.get(url.pathname)
  if (file !== undefined) return say(200, file.type, file.bytes)
  try {
    if (url.pathname === '/api/state') return json(200, parts.state())
    if (url.pathname === '/api/key') return json(200, await inspected(parts, url.searchParams))
  } catch (error) {
    // What the asker can mend is told; what is wrong with the nodes, too.
    if (error instanceof CacheError) return json(400, { error: error.message })
    return json(500, { error: 'the dashboard failed' })
  }
  return text(404, 'there is nothing here')
}

async function inspected({ inspect }: DashboardParts, asked: URLSearchParams): Promise<unknown> {
  const namespace = (asked.get('namespace') ?? '').split('/').filter((name) => name !== '')
  return inspect(namespace.slice(0, MAX_NAMESPACES), asked.get('key') ?? '')
}
