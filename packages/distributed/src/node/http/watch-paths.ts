/** `/healthz`, `/readyz` and `/metrics`: what orchestrators and Prometheus ask. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { showsToken } from './bearer.js'
import { answerText, type HttpDoor } from './http-door.js'
import { type MeasuredNode, metricsOf } from './metrics.js'

/**
 * @param isReady - whether clients should be sent here: not while it loads, nor once it drains
 * @param token - what is to be shown for `/metrics`; the other two say no more than whether the port answers
 */
export function mountWatchPaths(
  door: HttpDoor,
  isReady: () => boolean,
  read: () => MeasuredNode,
  token: string | undefined,
): void {
  const registry = metricsOf(read)
  door.mount(
    '/healthz',
    reading((_request, response) => answerText(response, 200, 'ok\n')),
  )
  door.mount(
    '/readyz',
    reading((_request, response) => answerText(response, isReady() ? 200 : 503, isReady() ? 'ready\n' : 'not ready\n')),
  )
  door.mount(
    '/metrics',
    reading(async (request, response) => {
      if (!showsToken(request.headers, token)) {
        response.setHeader('www-authenticate', 'Bearer')
        return answerText(response, 401, 'a token is needed\n')
      }
      const text = await registry.metrics()
      response.writeHead(200, { 'content-type': registry.contentType })
      response.end(text)
    }),
  )
}

function reading(answer: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>) {
  return (request: IncomingMessage, response: ServerResponse): void | Promise<void> => {
    if (request.method === 'GET' || request.method === 'HEAD') return answer(request, response)
    response.setHeader('allow', 'GET, HEAD')
    answerText(response, 405, 'only GET\n')
  }
}
