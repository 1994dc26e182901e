/** The commands and their options, as commander shows and reads them. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { version } from '../../package.json'
import { runCluster } from './cluster-command.js'
import { runNode } from './node-command.js'

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

export function createProgram(): Command {
  const program = new Command('mtaio').description('Runs cache nodes for @mtaio/distributed.').version(version)
  withNodeFlags(program.command('node'))
    .description('Runs one cache node until it is interrupted.')
    .action((flags: NodeFlags) => runNode(flags))
  withNodeFlags(program.command('cluster'))
    .description('Runs several cache nodes on neighbouring ports, each a process of its own.')
    .option('-n, --nodes <count>', 'how many nodes', wholeNumber, 3)
    .action((flags: ClusterFlags) => runCluster(flags))
  return program
}

function withNodeFlags(command: Command): Command {
  return command
    .option('-p, --port <port>', 'where to listen; 0 takes a free port', wholeNumber, 5000)
    .option('--host <host>', 'where to listen; anything but loopback needs a password', '127.0.0.1')
    .option('--max-memory <size>', 'the most memory that entries may take, such as 256mb')
    .option('--max-size <entries>', 'the most entries', wholeNumber)
    .option('--policy <name>', 'who leaves when it is full: lru, lfu or fifo')
    .addOption(new Option('--password <password>', 'what clients have to show').env('MTAIO_PASSWORD'))
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}
