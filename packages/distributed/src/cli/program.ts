/** The commands and their options, as commander shows and reads them. */
import { Command } from 'commander'
import { version } from '../../package.json'
import { runCluster } from './cluster-command.js'
import { addDashboardCommand } from './dashboard/command.js'
import { type ClusterFlags, type OneNodeFlags, wholeNumber, withNodeFlags, withOneNodeFlags } from './flags.js'
import { runNode } from './node-command.js'
import { addSimulateCommand } from './simulate/command.js'
import { addTopCommand } from './top/command.js'

export function createProgram(): Command {
  const program = new Command('mtaio')
    .description('Runs cache nodes for @mtaio/distributed, watches them, and simulates eviction policies.')
    .version(version)
  withOneNodeFlags(withNodeFlags(program.command('node')))
    .description('Runs one cache node until it is interrupted.')
    .action((flags: OneNodeFlags) => runNode(flags))
  withNodeFlags(program.command('cluster'))
    .description('Runs several cache nodes on neighbouring ports, each a process of its own.')
    .option('-n, --nodes <count>', 'how many nodes', wholeNumber, 3)
    .action((flags: ClusterFlags) => runCluster(flags))
  addSimulateCommand(program)
  addTopCommand(program)
  addDashboardCommand(program)
  return program
}
