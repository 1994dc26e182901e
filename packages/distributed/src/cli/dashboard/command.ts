/** `mtaio dashboard`: what nodes are doing, as a page. */
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { Option } from 'commander'
import { connectObserver } from '../../client/connect.js'
import { startDashboardServer } from '../../dashboard/dashboard-server.js'
import { reportOfKey } from '../../dashboard/key-report.js'
import { readPage } from '../../dashboard/page-files.js'
import { ClusterObserver } from '../../observe/cluster-observer.js'
import { parseNodes } from '../../transport/node-address.js'
import { intervalOf, wholeNumber } from '../flags.js'
import { onAskedToEnd, say } from '../terminal.js'

interface DashboardFlags {
  readonly nodes: string
  readonly host: string
  readonly port: number
  readonly interval: string
  readonly hotKeys: boolean
  readonly advise?: boolean
  readonly token?: string
  readonly namespace: string
  readonly replicationFactor: number
}

export function addDashboardCommand(program: Command): void {
  program
    .command('dashboard')
    .description('Serves a page that shows what cache nodes or Valkey and Redis servers are doing.')
    .requiredOption(
      '--nodes <addresses>',
      'host:port or redis://[user:password@]host:port[?weight=share], separated by commas',
    )
    .option('-p, --port <port>', 'where to serve; 0 takes a free port', wholeNumber, 5080)
    .option('--host <host>', 'where to serve; anything but loopback needs a token', '127.0.0.1')
    .addOption(new Option('--token <token>', 'what viewers have to show').env('MTAIO_DASHBOARD_TOKEN'))
    .option('--interval <time>', 'between two looks, in seconds or with a unit', '1s')
    .option('--no-hot-keys', 'leaves out the hot keys, for which each node is monitored 50 ms of every fifth look')
    .option('--namespace <name>', 'of the caches whose keys are looked at', 'mtaio')
    .option('--replication-factor <count>', 'how many nodes hold a key of theirs', wholeNumber, 2)
    .option(
      '--advise',
      'advises on size and policy; nodes are monitored all the time, which costs them up to half their throughput',
    )
    .action((flags: DashboardFlags) => runDashboard(flags))
}

async function runDashboard({
  nodes,
  host,
  port,
  interval,
  hotKeys,
  advise,
  token,
  namespace,
  replicationFactor,
}: DashboardFlags): Promise<void> {
  const addresses = parseNodes(nodes.split(',').map((node) => node.trim()))
  const page = await readPage(fileURLToPath(new URL('./dashboard/', import.meta.url)))
  const parts = connectObserver(addresses)
  const observer = new ClusterObserver(parts, { interval: intervalOf(interval), hotKeys, advise })
  const { url, close } = await startDashboardServer(
    {
      page,
      state: () => observer.state(),
      inspect: (within, key) => reportOfKey(parts, { namespace, replicationFactor, placed: addresses }, within, key),
      token,
    },
    { host, port },
  )
  onAskedToEnd(async () => {
    await close()
    await observer.stop()
  })
  observer.start()
  say(`mtaio dashboard on ${url}`)
}
