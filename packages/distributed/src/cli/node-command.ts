/** `mtaio node`: one node in this process. */
import { parseDuration } from '@mtaio/core/engine'
import { destination, pino } from 'pino'
import { CacheNode } from '../node/index.js'
import { configurationOf } from './config-file.js'
import { OwnDashboard } from './dashboard/own-dashboard.js'
import type { OneNodeFlags } from './flags.js'
import { onAskedToEnd, say } from './terminal.js'

/** Listens, says where, and goes on until it is asked to end. Tells a parent that forked it the address. */
export async function runNode(flags: OneNodeFlags): Promise<void> {
  const { node: options, command } = configurationOf(flags)
  const drainFor = command.drain
  if (drainFor !== undefined) parseDuration(drainFor, 'drain')
  // Not to the output, whose lines other programs read.
  const logger = pino({ name: 'mtaio', level: command.logLevel }, destination({ dest: 2, sync: true }))
  const dashboard = flags.dashboard === true ? await OwnDashboard.prepare(options, flags.dashboardToken) : undefined
  const node = new CacheNode({ ...options, ...dashboard?.options, logger })
  onAskedToEnd(async () => {
    await dashboard?.stop()
    await node.stop({ drainFor })
  })
  await node.start()
  dashboard?.watch(node.address)
  say(`mtaio node listening on ${node.address}`)
  if (node.httpPort !== undefined) say(`mtaio node answering HTTP on port ${node.httpPort}`)
  process.send?.({ address: node.address })
}
