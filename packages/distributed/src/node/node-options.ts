/** The options of a node, checked at the door. Knows no socket. */
import { isIP } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { type Clock, type Duration, EvictionPolicy } from '@mtaio/core'
import { checkInteger, checkKnownOptions, parseDuration, quoted, setSystemTimer } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'
import { createPolicy, type PolicyFactory } from '@mtaio/policies'
import type { User } from './access/user.js'
import { type NodeUserOptions, usersOf } from './access/user-options.js'
import type { HttpHandler } from './http/http-door.js'
import { parseMemorySize } from './memory-size.js'
import { type NodeLogger, SILENT } from './node-logger.js'
import { type CheckedSnapshotOptions, checkSnapshot, type NodeSnapshotOptions } from './snapshot/snapshot-options.js'
import { checkTls, type NodeTlsOptions } from './tls-options.js'
import { DEFAULT_MAX_TRACKED } from './tracking/tracking.js'

export interface CacheNodeOptions {
  /**
   * Where to listen. Anything but loopback needs a `password`, `users` or mutual TLS: a cache that strangers can reach is
   * theirs.
   *
   * @defaultValue '127.0.0.1'
   */
  readonly host?: string | undefined
  /** 0–65535; 0 takes a free one. @defaultValue 5000 */
  readonly port?: number | undefined
  /** The most entries. @defaultValue unbounded */
  readonly maxSize?: number | undefined
  /**
   * The most memory that entries may take: bytes, or `'256mb'` (b, kb, mb, gb). Counted is what is allocated for them:
   * records, index and columns. An idle process needs some 50 MB besides, each client its buffers.
   *
   * @defaultValue '256mb', or unbounded where `maxSize` is given
   */
  readonly maxMemory?: number | string | undefined
  /** @defaultValue 'lru' */
  readonly evictionPolicy?: EvictionPolicy | PolicyFactory | undefined
  /** What clients have to show (AUTH) to be the user `default`, who may do everything. @defaultValue none */
  readonly password?: string | undefined
  /**
   * Users with rights and keys of their own. With users and no `password`, every client has to be one of them.
   *
   * @defaultValue none: without a password everybody may do everything
   */
  readonly users?: readonly NodeUserOptions[] | undefined
  /** Speak TLS, and TLS only. @defaultValue plain TCP */
  readonly tls?: NodeTlsOptions | undefined
  /** The most clients at a time; others are refused. @defaultValue 10,000 */
  readonly maxClients?: number | undefined
  /**
   * The most reads that are remembered for clients that keep copies (CLIENT TRACKING), one for each pair of a key and a
   * client: about 150 bytes and the key. Beyond, the oldest keys are dropped, and those who read them are told so.
   *
   * @defaultValue 1,000,000
   */
  readonly maxTracked?: number | undefined
  /**
   * Processes that hold the sockets of clients, so that reading, writing and TLS take other cores than the node's own;
   * commands run one after the other as ever. 0–64; 0: the node holds its sockets itself. About 50 MB each. See docs/node.md
   * for when that is worth it.
   *
   * @defaultValue 0
   */
  readonly workers?: number | undefined
  /** How long a client may say nothing, unless it tracks: seconds, or `'5m'`. @defaultValue as long as it likes */
  readonly idleTimeout?: Duration | undefined
  /** Keep the entries over a restart. @defaultValue nothing is kept on disk */
  readonly snapshot?: NodeSnapshotOptions | undefined
  /** Answer `/healthz`, `/readyz` and `/metrics` over HTTP. @defaultValue no HTTP */
  readonly http?: NodeHttpOptions | undefined
  /** Told what happens: pino, or anything with its `info`, `warn` and `error`. @defaultValue nobody is told */
  readonly logger?: NodeLogger | undefined
  /** Its `now()` must answer milliseconds since the epoch: deadlines come from other machines. @defaultValue the system's */
  readonly clock?: Clock | undefined
}

export interface NodeHttpOptions {
  /** Where to listen. Anything but loopback needs a `token`. @defaultValue '127.0.0.1' */
  readonly host?: string | undefined
  /** 0–65535; 0 takes a free one. */
  readonly port: number
  /**
   * What is to be shown for `/metrics` (`Authorization: Bearer …`); `/healthz` and `/readyz` are open. Handlers of yours
   * look after themselves.
   *
   * @defaultValue none: whoever is on this machine sees how much the node does, and no key
   */
  readonly token?: string | undefined
  /**
   * What else is answered there, by path: all paths below it where it ends in a slash, so that `'/'` is all that
   * nobody else answers. @defaultValue nothing
   */
  readonly handlers?: Readonly<Record<string, HttpHandler>> | undefined
}

export interface CheckedHttp {
  readonly host: string
  readonly port: number
  readonly token: string | undefined
  readonly handlers: Readonly<Record<string, HttpHandler>>
}

export interface CheckedNodeOptions {
  readonly host: string
  readonly port: number
  readonly maxSize: number | undefined
  readonly maxMemory: number | undefined
  readonly evictionPolicy: EvictionPolicy | PolicyFactory
  readonly users: readonly User[]
  readonly tls: TlsOptions | undefined
  readonly maxClients: number
  readonly maxTracked: number
  readonly workers: number
  /** ms; `Infinity` = never. */
  readonly idleTimeout: number
  readonly snapshot: CheckedSnapshotOptions | undefined
  readonly http: CheckedHttp | undefined
  readonly logger: NodeLogger
  readonly clock: Required<Clock>
}

const KNOWN: readonly (keyof CacheNodeOptions)[] = [
  ...(['host', 'port', 'maxSize', 'maxMemory', 'evictionPolicy', 'password', 'users', 'tls'] as const),
  ...(['maxClients', 'maxTracked', 'workers', 'idleTimeout', 'snapshot', 'http', 'logger', 'clock'] as const),
]
const MAX_WORKERS = 64
const DEFAULT_MEMORY = 256 * 2 ** 20

/** @throws CacheConfigError naming what is out of contract */
export function checkNodeOptions(options: CacheNodeOptions = {}): CheckedNodeOptions {
  checkKnownOptions(options, KNOWN, 'CacheNode')
  const { host = '127.0.0.1', port = 5000, maxSize, maxMemory, password, maxClients = 10_000, clock } = options
  if (typeof host !== 'string' || host === '') {
    throw new CacheConfigError(`host must be a name or an address such as '127.0.0.1', not ${JSON.stringify(host)}`)
  }
  const users = usersOf(password, options.users)
  const tls = checkTls(options.tls)
  if (users.some((user) => user.isOpen) && tls?.requestCert !== true && !isLoopback(host)) {
    throw new CacheConfigError(
      `a node on ${host} can be reached from other machines and needs a password: give password, users or ` +
        "tls.clientCa (clients then show certificates), or listen on '127.0.0.1'",
      { code: 'PROTECTED_MODE' },
    )
  }
  const evictionPolicy = options.evictionPolicy ?? EvictionPolicy.LRU
  createPolicy(evictionPolicy, 1)
  return {
    host,
    port: checkInteger(port, 'port', 0, 65535),
    maxSize: maxSize === undefined ? undefined : checkInteger(maxSize, 'maxSize', 1),
    maxMemory:
      maxMemory !== undefined
        ? parseMemorySize(maxMemory, 'maxMemory')
        : maxSize === undefined
          ? DEFAULT_MEMORY
          : undefined,
    evictionPolicy,
    users,
    tls,
    maxClients: checkInteger(maxClients, 'maxClients', 1),
    maxTracked: checkInteger(options.maxTracked ?? DEFAULT_MAX_TRACKED, 'maxTracked', 1),
    workers: checkInteger(options.workers ?? 0, 'workers', 0, MAX_WORKERS),
    idleTimeout: parseDuration(options.idleTimeout ?? Number.POSITIVE_INFINITY, 'idleTimeout'),
    snapshot: checkSnapshot(options.snapshot),
    http: checkHttp(options.http),
    logger: checkLogger(options.logger),
    clock: checkClock(clock),
  }
}

function checkHttp(given: NodeHttpOptions | undefined): CheckedNodeOptions['http'] {
  if (given === undefined) return undefined
  if (typeof given !== 'object' || given === null) throw new CacheConfigError('http must be an object: { port }')
  checkKnownOptions(given, ['host', 'port', 'token', 'handlers'], 'http')
  const { host = '127.0.0.1', port, token, handlers = {} } = given
  if (typeof host !== 'string' || host === '') throw new CacheConfigError('http.host must be a name or an address')
  if (token !== undefined && (typeof token !== 'string' || token === '')) {
    throw new CacheConfigError('http.token must be a text that is not empty')
  }
  if (token === undefined && !isLoopback(host)) {
    throw new CacheConfigError(
      `HTTP on ${host} can be reached from other machines and needs a token: give http.token, or listen on '127.0.0.1'`,
      { code: 'PROTECTED_MODE' },
    )
  }
  for (const [path, handler] of Object.entries(handlers)) {
    if (!path.startsWith('/')) throw new CacheConfigError(`a path of http.handlers begins with /, not ${quoted(path)}`)
    if (typeof handler !== 'function') throw new CacheConfigError(`http.handlers must have a function for ${path}`)
  }
  return { host, port: checkInteger(port, 'http.port', 0, 65535), token, handlers }
}

function checkLogger(logger: NodeLogger = SILENT): NodeLogger {
  const isLogger = (['info', 'warn', 'error'] as const).every((level) => typeof logger?.[level] === 'function')
  if (!isLogger) throw new CacheConfigError('logger must have methods info, warn and error: (fields, message)')
  return logger
}

function checkClock(clock: Clock | undefined): Required<Clock> {
  if (clock === undefined) return { now: Date.now, setTimer: setSystemTimer }
  if (typeof clock?.now !== 'function') throw new CacheConfigError('clock must have a method now(): epoch milliseconds')
  return {
    now: () => clock.now(),
    setTimer: (fire, delay) => clock.setTimer?.(fire, delay) ?? setSystemTimer(fire, delay),
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
