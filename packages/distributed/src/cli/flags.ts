/** What can be said on the command line of a node, alone or in a cluster, or in the environment. */
import { parseDuration } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'
import { EvictionPolicy } from '@mtaio/policies'
import { type Command, InvalidArgumentError, Option } from 'commander'

/** Options that a node takes, alone or in a cluster. */
export interface NodeFlags {
  readonly host?: string
  readonly port?: number
  readonly maxMemory?: string
  readonly maxSize?: number
  readonly policy?: string
  readonly password?: string
}

/** Options of one node alone: each names a file or a port of its own. */
export interface OneNodeFlags extends NodeFlags {
  readonly config?: string
  readonly maxClients?: number
  readonly idleTimeout?: string
  readonly workers?: number
  readonly tlsKey?: string
  readonly tlsCert?: string
  readonly tlsClientCa?: string
  readonly httpPort?: number
  readonly httpHost?: string
  readonly httpToken?: string
  readonly dashboard?: boolean
  readonly dashboardToken?: string
  readonly snapshot?: string
  readonly snapshotEvery?: string
  readonly onDamaged?: string
  readonly drain?: string
  readonly logLevel?: string
}

export interface ClusterFlags extends NodeFlags {
  readonly nodes: number
}

export const DEFAULT_HOST = '127.0.0.1'
export const DEFAULT_PORT = 5000

/** Adds the options of a node to a command. None has a default here, so that a file may say it. */
export function withNodeFlags(command: Command): Command {
  return command
    .addOption(flag('-p, --port <port>', 'where to listen; 0 takes a free port (default: 5000)', wholeNumber))
    .addOption(flag('--host <host>', 'where to listen; anything but loopback needs a password (default: 127.0.0.1)'))
    .addOption(flag('--max-memory <size>', 'the most memory that entries may take, such as 256mb'))
    .addOption(flag('--max-size <entries>', 'the most entries', wholeNumber))
    .addOption(flag('--policy <name>', `who leaves when it is full: ${Object.values(EvictionPolicy).join(', ')}`))
    .addOption(flag('--password <password>', 'what clients have to show; safer in the environment or the file'))
}

/** Adds what concerns one node alone. */
export function withOneNodeFlags(command: Command): Command {
  return command
    .addOption(flag('--config <file>', 'options as JSON; flags and the environment overrule it'))
    .addOption(flag('--max-clients <count>', 'the most clients at a time', wholeNumber))
    .addOption(
      flag('--workers <count>', 'processes that read, write and encrypt for the node (default: 0)', wholeNumber),
    )
    .addOption(flag('--idle-timeout <duration>', 'how long a client may say nothing, such as 5m'))
    .addOption(flag('--tls-key <file>', 'speak TLS: the private key, PEM'))
    .addOption(flag('--tls-cert <file>', 'the certificate, PEM'))
    .addOption(flag('--tls-client-ca <file>', 'mutual TLS: whose clients are let in, PEM'))
    .addOption(flag('--http-port <port>', 'answer /healthz, /readyz and /metrics there', wholeNumber))
    .addOption(flag('--http-host <host>', 'where to answer them (default: 127.0.0.1)'))
    .addOption(flag('--http-token <token>', 'what is to be shown for /metrics; safer in the environment or the file'))
    .addOption(flag('--dashboard', 'serve the dashboard there, too'))
    .addOption(flag('--dashboard-token <token>', 'what its viewers have to show'))
    .addOption(flag('--snapshot <file>', 'read the entries from it at the start, write them at the end'))
    .addOption(flag('--snapshot-every <duration>', 'write them now and then, too, such as 5m'))
    .addOption(flag('--on-damaged <what>', 'where the snapshot is damaged: fail or start-empty'))
    .addOption(
      flag('--drain <duration>', 'serve the clients that are there so long when asked to end (default: not at all)'),
    )
    .addOption(flag('--log-level <level>', 'debug, info, warn, error or silent (default: warn)'))
}

/** Reads a whole number. @throws InvalidArgumentError */
export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}

/** An option that the environment knows, too: `--max-memory` as `MTAIO_MAX_MEMORY`. */
function flag(flags: string, description: string, read?: (text: string) => unknown): Option {
  const option = new Option(flags, description)
  option.env(`MTAIO_${option.long!.slice(2).replaceAll('-', '_').toUpperCase()}`)
  return read === undefined ? option : option.argParser(read)
}

/** Between two looks, ms. @throws CacheConfigError when it is no duration, or one that makes no sense */
export function intervalOf(text: string): number {
  const ms = parseDuration(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text, 'interval')
  if (ms >= 100 && ms <= 3_600_000) return ms
  throw new CacheConfigError(`interval must be from 100ms to 1h, not ${text}`)
}
