/** COMPOSITION ROOT: the real transport, clocks and randomness are chosen here and nowhere else. */
import { randomInt } from 'node:crypto'
import { setSystemTimer, systemClock } from '@mtaio/core/engine'
import type { ObserverParts } from '../observe/cluster-observer.js'
import { ClientAdapter } from '../transport/client-adapter.js'
import { withCommandsTraced } from '../transport/commands-traced.js'
import { monitorFor } from '../transport/monitor-feed.js'
import type { NodeAddress } from '../transport/node-address.js'
import { openSocket } from '../transport/open-socket.js'
import { RespTransport } from '../transport/resp-transport.js'
import type { Surroundings } from './assemble.js'
import type { CheckedDistributedOptions } from './options.js'

/** What surrounds a client over sockets. Opens no connection yet. */
export function connect(options: CheckedDistributedOptions): Surroundings {
  const given = options.clock
  const clock =
    given === undefined
      ? systemClock
      : { now: () => given.now(), setTimer: given.setTimer?.bind(given) ?? setSystemTimer }
  const wallNow = options.wallClock ?? Date.now
  const random = Math.random
  const sockets = new RespTransport({ nodes: options.nodes, clock, random, tls: options.tls })
  const clients = new Map(options.nodes.flatMap(({ id, client }) => (client === undefined ? [] : [[id, client]])))
  const transport = clients.size === 0 ? sockets : new ClientAdapter({ clients, others: sockets, clock })
  return { transport: withCommandsTraced(transport), clock, wallNow, random, writer: randomInt(2 ** 32) }
}

/** A moment of MONITOR: short, and bounded also where a node does much. */
const MONITORED = { duration: 50, maxLines: 10_000 }

/** What an observer of these nodes is made of. Opens no connection yet. */
export function connectObserver(nodes: readonly NodeAddress[]): ObserverParts {
  const clock = systemClock
  const addresses = new Map(nodes.map((address) => [address.id, address]))
  return {
    nodes: nodes.map(({ id }) => id),
    transport: new RespTransport({ nodes, clock, random: Math.random }),
    monitor: (node, onLine, limits = MONITORED) => {
      const address = addresses.get(node)!
      return monitorFor(address, openSocket(address, undefined), clock, limits, onLine)
    },
    clock,
    wallNow: Date.now,
  }
}
