/** TIME, by the node's clock. */
import { bulk } from '../arguments.js'
import { NO_KEYS, type NodeCommand } from '../command.js'

export const TIME: NodeCommand = {
  name: 'time',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  keys: NO_KEYS,
  summary: 'Returns the server time.',
  run: (_parts, { now }) => [bulk(String(Math.floor(now / 1000))), bulk(String(Math.floor(now % 1000) * 1000))],
}
