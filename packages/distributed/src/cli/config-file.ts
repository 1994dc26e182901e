/**
 * Where the options of `mtaio node` come from: flags, then the environment, then a file, then the defaults. What the file
 * may say are the options of `CacheNode`, certificates as the names of files, and those of the command.
 */
import { readFileSync } from 'node:fs'
import type { Duration } from '@mtaio/core'
import { CacheConfigError } from '@mtaio/exceptions'
import type { EvictionPolicy } from '@mtaio/policies'
import type { CacheNodeOptions, NodeHttpOptions, NodeSnapshotOptions, NodeTlsOptions } from '../node/index.js'
import type { OneNodeFlags } from './flags.js'

/** What the command adds to the options of a node. */
export interface CommandOptions {
  readonly drain: Duration | undefined
  readonly logLevel: string
}

export interface Configuration {
  readonly node: CacheNodeOptions
  readonly command: CommandOptions
}

interface TlsFiles {
  readonly key?: string
  readonly cert?: string
  readonly clientCa?: string
  readonly passphrase?: string
}

type ConfigFile = Omit<CacheNodeOptions, 'tls' | 'clock' | 'logger'> &
  Partial<CommandOptions> & { readonly tls?: TlsFiles }

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent']

/** @throws CacheConfigError naming the file, or what is wrong in it */
export function configurationOf(flags: OneNodeFlags): Configuration {
  const { tls, drain, logLevel, ...file } = flags.config === undefined ? ({} as ConfigFile) : readConfig(flags.config)
  const level = flags.logLevel ?? logLevel ?? 'warn'
  if (!LEVELS.includes(level))
    throw new CacheConfigError(`log-level must be one of ${LEVELS.join(', ')}, not '${level}'`)
  return {
    node: {
      ...file,
      ...given({
        host: flags.host,
        port: flags.port,
        maxMemory: flags.maxMemory,
        maxSize: flags.maxSize,
        evictionPolicy: flags.policy as EvictionPolicy | undefined,
        password: flags.password,
        maxClients: flags.maxClients,
        workers: flags.workers,
        idleTimeout: flags.idleTimeout as CacheNodeOptions['idleTimeout'],
        tls: tlsOf({ ...tls, ...given({ key: flags.tlsKey, cert: flags.tlsCert, clientCa: flags.tlsClientCa }) }),
        http: joined<NodeHttpOptions>(file.http, {
          host: flags.httpHost,
          port: flags.httpPort,
          token: flags.httpToken,
        }),
        snapshot: joined<NodeSnapshotOptions>(file.snapshot, {
          path: flags.snapshot,
          every: flags.snapshotEvery as NodeSnapshotOptions['every'],
          onDamaged: flags.onDamaged as NodeSnapshotOptions['onDamaged'],
        }),
      }),
    },
    command: { drain: (flags.drain as Duration | undefined) ?? drain, logLevel: level },
  }
}

function readConfig(path: string): ConfigFile {
  const text = readText(path, 'the configuration')
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // The parser's message shows a piece of the text, in which there may be a password.
    throw new CacheConfigError(`the configuration ${path} is not JSON`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new CacheConfigError(`the configuration ${path} must be a JSON object, such as {"port": 5000}`)
  }
  return parsed as ConfigFile
}

function tlsOf(files: TlsFiles): NodeTlsOptions | undefined {
  const { key, cert, clientCa, ...rest } = files
  if (Object.keys(files).length === 0) return undefined
  if (key === undefined || cert === undefined) {
    throw new CacheConfigError('TLS needs the names of two files: tls.key and tls.cert (--tls-key, --tls-cert)')
  }
  return {
    ...rest,
    key: readText(key, 'tls.key'),
    cert: readText(cert, 'tls.cert'),
    ...(clientCa === undefined ? {} : { clientCa: readText(clientCa, 'tls.clientCa') }),
  }
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new CacheConfigError(`${what} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}

/** What the file says, overruled by what is given; `undefined` where neither says anything. */
function joined<T extends object>(file: T | undefined, flags: { [K in keyof T]?: T[K] | undefined }): T | undefined {
  const said = given(flags)
  return file === undefined && Object.keys(said).length === 0 ? undefined : ({ ...file, ...said } as T)
}

function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>
}
