/** Whether a request shows the token that it is asked for. Pure: knows headers, no socket. */
import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { digestOf } from '../access/user.js'

/** True where none is asked for. */
export function showsToken(headers: IncomingHttpHeaders, token: string | undefined): boolean {
  return token === undefined || isSame(bearerOf(headers) ?? '', token)
}

/** What `Authorization: Bearer` says. */
export function bearerOf({ authorization = '' }: IncomingHttpHeaders): string | undefined {
  return /^Bearer (.+)$/i.exec(authorization)?.[1]
}

/** In a time that does not tell how much of it was right. */
export function isSame(shown: string, token: string): boolean {
  return timingSafeEqual(digestOf(shown), digestOf(token))
}
