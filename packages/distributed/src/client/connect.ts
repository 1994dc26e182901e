/** COMPOSITION ROOT: the real transport, clocks and randomness are chosen here and nowhere else. */
import { randomInt } from 'node:crypto'
import { setSystemTimer, systemClock } from '@mtaio/core/engine'
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
  const transport = new RespTransport({ nodes: options.nodes, clock, random, tls: options.tls })
  return { transport, clock, wallNow, random, writer: randomInt(2 ** 32) }
}
