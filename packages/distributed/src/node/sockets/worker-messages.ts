/** What a node tells a worker beside the frames: how to begin, and whom to take over. */
import type { TlsOptions } from 'node:tls'

/** The stream of frames, among the files of the worker. */
export const LINK_FD = 4

export type ToWorker = { readonly kind: 'begin'; readonly tls: PlainTls | undefined } | { readonly kind: 'take' }

/** Options of TLS whose bytes are text. */
type PlainTls = Readonly<Record<string, string | number | boolean>>

/** PEM is text. */
export function plainOf(tls: TlsOptions | undefined): PlainTls | undefined {
  if (tls === undefined) return undefined
  return Object.fromEntries(
    Object.entries(tls).map(([name, value]) => [name, Buffer.isBuffer(value) ? value.toString('latin1') : value]),
  )
}

export function optionsOf(tls: PlainTls | undefined): TlsOptions | undefined {
  return tls as TlsOptions | undefined
}
