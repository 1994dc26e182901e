/**
 * The node's second door: HTTP, for those who watch over it. Knows paths and who answers them, and no node. To add a page,
 * {@link HttpDoor.mount} it before the door is opened.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { CacheConfigError } from '@mtaio/exceptions'

/** Answers requests to a path. What it throws is a 500, and is not shown. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

const MAX_CONNECTIONS = 256
const REQUEST_WITHIN = 10_000

export class HttpDoor {
  private readonly handlers = new Map<string, HttpHandler>()
  private server: Server | undefined

  /**
   * Has a path answered, and all paths below it where it ends in a slash. The longest that fits is asked.
   *
   * @param path - such as `/healthz` or `/dashboard/`
   */
  mount(path: string, handler: HttpHandler): void {
    this.handlers.set(path, handler)
  }

  /** @returns the port, a free one for port 0 */
  async open(host: string, port: number): Promise<number> {
    const server = createServer(
      { requestTimeout: REQUEST_WITHIN, headersTimeout: REQUEST_WITHIN },
      (request, response) => this.answer(request, response),
    )
    server.maxConnections = MAX_CONNECTIONS
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const why = error.code === 'EADDRINUSE' ? 'it is in use: choose another, or 0 for a free one' : error.message
        reject(new CacheConfigError(`cannot serve HTTP on ${host}:${port}: ${why}`, { cause: error }))
      })
      server.listen({ host, port, exclusive: true }, resolve)
    })
    server.removeAllListeners('error')
    server.on('error', () => {})
    // A process that has nothing else to do may end.
    server.unref()
    this.server = server
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : port
  }

  async close(): Promise<void> {
    const { server } = this
    if (server === undefined) return
    this.server = undefined
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0]!
    const handler = this.handlerOf(path)
    try {
      if (handler === undefined) answerText(response, 404, 'not found\n')
      else await handler(request, response)
    } catch {
      if (!response.headersSent) answerText(response, 500, 'internal error\n')
      else response.destroy()
    }
  }

  private handlerOf(path: string): HttpHandler | undefined {
    const exact = this.handlers.get(path)
    if (exact !== undefined) return exact
    const below = [...this.handlers.keys()].filter((mounted) => mounted.endsWith('/') && path.startsWith(mounted))
    return this.handlers.get(below.sort((a, b) => b.length - a.length)[0] ?? '')
  }
}

export function answerText(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' })
  response.end(text)
}
