/** What can be said on the command line of a node, alone or in a cluster. */
import { type Command, InvalidArgumentError, Option } from 'commander'

/** Options that a node takes, alone or in a cluster. */
export interface NodeFlags {
  readonly host: string
  readonly port: number
  readonly maxMemory?: string
  readonly maxSize?: number
  readonly policy?: string
  readonly password?: string
}

export interface ClusterFlags extends NodeFlags {
  readonly nodes: number
}

/** Adds the options of a node to a command. */
export function withNodeFlags(command: Command): Command {
  return command
    .option('-p, --port <port>', 'where to listen; 0 takes a free port', wholeNumber, 5000)
    .option('--host <host>', 'where to listen; anything but loopback needs a password', '127.0.0.1')
    .option('--max-memory <size>', 'the most memory that entries may take, such as 256mb')
    .option('--max-size <entries>', 'the most entries', wholeNumber)
    .option('--policy <name>', 'who leaves when it is full: lru, lfu or fifo')
    .addOption(new Option('--password <password>', 'what clients have to show').env('MTAIO_PASSWORD'))
}

/** Reads a whole number. @throws InvalidArgumentError */
export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}
