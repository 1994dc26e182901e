/** MONITOR: shows a client every command that the node runs from then on. */
import { NO_KEYS, type NodeCommand } from '../command.js'

export const MONITOR: NodeCommand = {
  name: 'monitor',
  arity: 1,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  keys: NO_KEYS,
  summary: 'Shows every command that the node runs; the node does more work meanwhile.',
  run(_parts, { client, monitors }) {
    monitors.add(client)
    return 'OK'
  },
}
