/** `/healthz`, `/readyz` and `/metrics`: what orchestrators and Prometheus ask. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerText, type HttpDoor } from './http-door.js'
import { type MeasuredNode, metricsOf } from './metrics.js'

/** @param isReady - whether clients should be sent here: not while it loads, nor once it drains */
export function mountWatchPaths(door: HttpDoor, isReady: () => boolean, read: () => MeasuredNode): void {
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
    reading(async (_request, response) => {
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
