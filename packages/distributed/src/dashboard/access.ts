/** Who may look at a dashboard. Pure: knows headers, no socket. */
import type { IncomingHttpHeaders } from 'node:http'
import { bearerOf, isSame } from '../node/http/bearer.js'

/** The cookie in which a browser keeps the token, once it has shown it. */
export const TOKEN_COOKIE = 'mtaio-token'

export type Access = 'granted' | 'refused' | 'foreign'

/**
 * With a token, whoever shows it: in `Authorization: Bearer`, or in the cookie. Without one, whoever is on this machine
 * and says so: a page from elsewhere that had its name point here (DNS rebinding) is foreign.
 */
export function accessOf(headers: IncomingHttpHeaders, token: string | undefined): Access {
  if (token === undefined) return isLoopback(hostOf(headers.host)) ? 'granted' : 'foreign'
  const shown = bearerOf(headers) ?? cookieOf(headers.cookie)
  return shown !== undefined && isSame(shown, token) ? 'granted' : 'refused'
}

/** Whether a host name means this machine, and nothing else. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function hostOf(host: string | undefined): string {
  return (host ?? '').replace(/:\d+$/, '').toLowerCase()
}

function cookieOf(cookies: string | undefined): string | undefined {
  for (const cookie of (cookies ?? '').split(';')) {
    const [name, value] = cookie.trim().split('=', 2)
    if (name !== TOKEN_COOKIE || value === undefined) continue
    try {
      return decodeURIComponent(value)
    } catch {
      return undefined
    }
  }
  return undefined
}
