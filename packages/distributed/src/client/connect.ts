/** COMPOSITION ROOT: the real transport, clocks and randomness are chosen here and nowhere else. */
import { randomInt } from 'node:crypto'
import { setSystemTimer, systemClock } from '@mtaio/core/engine'
import type { ClusterParts } from '../coordinator/cluster.js'
import { Placement } from '../placement/placement.js'
import { VersionClock } from '../record/version-clock.js'
import { RespTransport } from '../transport/resp-transport.js'
import type { CheckedDistributedOptions } from './options.js'

/** What a client over sockets is made of. Opens no connection yet. */
export function connect(options: CheckedDistributedOptions): ClusterParts {
  const given = options.clock
  const clock =
    given === undefined
      ? systemClock
      : { now: () => given.now(), setTimer: given.setTimer?.bind(given) ?? setSystemTimer }
  const wallNow = options.wallClock ?? Date.now
  const random = Math.random
  return {
    transport: new RespTransport({ nodes: options.nodes, clock, random, tls: options.tls }),
    placement: new Placement(options.nodes.map(({ id }) => ({ id }))),
    quorums: options.quorums,
    versions: new VersionClock({ wallNow, writer: randomInt(2 ** 32) }),
    clock,
    wallNow,
    random,
    operationTimeout: options.operationTimeout,
    hintLimits: options.hintLimits,
  }
}
