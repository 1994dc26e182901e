/** A server that lets in nobody without a certificate and a password: certificates are made here and thrown away after. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { generate } from 'selfsigned'
import { freePort, IN_MEMORY, startRedisServer } from './redis-server.js'

export const PASSWORD = 'p@ss:w/rd'

/** What a user of the namespace `mtaio` must be allowed, as docs/production.md has it. */
export const ENOUGH =
  'resetkeys ~mtaio:* ~mtaio/* ~!* resetchannels -@all +mget +get +set +getrange +setrange +eval +evalsha +scan +ping'

/** What it must be allowed beside that for a near cache. */
export const NEAR = '+hello +client|tracking'

export interface SecureServer {
  readonly port: number
  /** How a user of that name is let in. `app` may touch every key, `narrow` just what is needed, `near` what a near cache needs, `reader` may read only. */
  user(name: string, password?: string): { readonly url: string; readonly tls: ConnectionOptions }
  stop(): Promise<void>
}

/** What a server and its clients show each other: one certificate for all, which vouches for itself. */
export function makeCertificate(): Promise<Certificate> {
  return generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
}

type Certificate = Awaited<ReturnType<typeof generate>>

/** Redis with TLS, client certificates demanded, `default` off, and ACL users. */
export async function startSecureServer(certificates = makeCertificate()): Promise<SecureServer> {
  const alone = await certificates
  const folder = mkdtempSync(join(tmpdir(), 'mtaio-tls-'))
  const file = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const tlsPort = await freePort()
  const certificate = file('cert.pem', alone.cert)
  const acl = [
    'user default off',
    `user app on >${PASSWORD} ~* &* +@all -@dangerous`,
    `user narrow on >${PASSWORD} ${ENOUGH}`,
    `user near on >${PASSWORD} ${ENOUGH} ${NEAR}`,
    `user reader on >${PASSWORD} ~* +@read +ping`,
  ]
  const server = await startRedisServer({
    args: [
      file('redis.conf', `aclfile ${file('users.acl', `${acl.join('\n')}\n`)}\n`),
      ...IN_MEMORY,
      ...['--tls-port', String(tlsPort), '--tls-auth-clients', 'yes'],
      ...['--tls-cert-file', certificate, '--tls-key-file', file('key.pem', alone.private)],
      ...['--tls-ca-cert-file', certificate],
    ],
  })
  return {
    port: tlsPort,
    user: (name, password = PASSWORD) => ({
      url: `rediss://${name}:${encodeURIComponent(password)}@127.0.0.1:${tlsPort}`,
      tls: { ca: alone.cert, cert: alone.cert, key: alone.private },
    }),
    stop: async () => {
      await server.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
