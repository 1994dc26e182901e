/** Whether a request shows the token that it is asked for. Pure: knows headers, no socket. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** In a time that does not tell how much of it was right. True where none is asked for. */
export function showsToken({ authorization = '' }: IncomingHttpHeaders, token: string | undefined): boolean {
  if (token === undefined) return true
  const shown = /^Bearer (.+)$/i.exec(authorization)?.[1] ?? ''
  return timingSafeEqual(digestOf(shown), digestOf(token))
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
