/** TLS for a node: certificates as they are given, checked at the door. */
import { createSecureContext, type TlsOptions } from 'node:tls'
import { checkKnownOptions } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'

type Pem = string | Uint8Array

export interface NodeTlsOptions {
  /** The private key of the node, PEM. */
  readonly key: Pem
  /** Its certificate, PEM, those between it and the authority behind it. */
  readonly cert: Pem
  /**
   * Mutual TLS: the authorities, PEM, whose clients are let in. Every client has to show a certificate.
   *
   * @defaultValue none: clients show no certificate
   */
  readonly clientCa?: Pem | undefined
  /** What the key is encrypted with. */
  readonly passphrase?: string | undefined
}

const KNOWN = ['key', 'cert', 'clientCa', 'passphrase'] as const
/** How long a client has for the handshake, ms. */
const HANDSHAKE_WITHIN = 10_000

/** @throws CacheConfigError when key and certificates cannot be read or do not belong together */
export function checkTls(given: NodeTlsOptions | undefined): TlsOptions | undefined {
  if (given === undefined) return undefined
  if (typeof given !== 'object' || given === null) throw new CacheConfigError('tls must be an object: { key, cert }')
  checkKnownOptions(given, KNOWN, 'tls')
  const { key, cert, clientCa, passphrase } = given
  for (const [name, pem] of Object.entries({ key, cert })) {
    if (isEmpty(pem)) throw new CacheConfigError(`tls.${name} must be PEM, as a string or bytes`)
  }
  if (clientCa !== undefined && isEmpty(clientCa)) {
    throw new CacheConfigError('tls.clientCa must be PEM, as a string or bytes')
  }
  const options: TlsOptions = {
    key: asBuffer(key),
    cert: asBuffer(cert),
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE_WITHIN,
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(clientCa === undefined ? {} : { ca: asBuffer(clientCa), requestCert: true, rejectUnauthorized: true }),
  }
  try {
    createSecureContext(options)
  } catch (cause) {
    throw new CacheConfigError(
      `tls cannot be used: ${cause instanceof Error ? cause.message : String(cause)}. ` +
        'Are key and cert PEM, and do they belong together?',
      { cause },
    )
  }
  return options
}

function isEmpty(pem: unknown): boolean {
  return !((typeof pem === 'string' || pem instanceof Uint8Array) && pem.length > 0)
}

function asBuffer(pem: Pem): Buffer {
  return typeof pem === 'string' ? Buffer.from(pem) : Buffer.from(pem)
}
