/** Rounds: each operation on both servers, one after the other, in an order of each round's own. */
import { CONTENDERS, type Contender, type ContenderName } from './contender.js'
import { cpuOf } from './process-facts.js'
import { infoOf, load, type Measured, redisCli } from './redis-cli.js'
import { CLIENTS, type Operation } from './workload.js'

export interface Sample extends Measured {
  readonly round: number
  readonly contender: ContenderName
  readonly operation: string
  readonly keys: number
  readonly pipeline: number
  /** Microseconds of the server's processor time for a command. */
  readonly cpu: number
}

export interface Job {
  readonly operation: Operation
  readonly pipeline: number
  readonly requests: number
}

/**
 * Measures a job on one server.
 *
 * @throws Error unless the server has run as many commands as were sent, found as many keys as it was asked for or not,
 * and holds what they wrote
 */
export async function measure(
  server: Contender,
  { operation, pipeline, requests }: Job,
): Promise<Omit<Sample, 'round'>> {
  const { name, command, keys } = operation
  const before = await facts(server.port)
  const cpuBefore = await cpuOf(server.pid)
  const measured = await load(server.port, { clients: CLIENTS, pipeline, requests, keys, command })
  const cpu = ((await cpuOf(server.pid)) - cpuBefore) * 1000
  const after = await facts(server.port)

  // Redis counts what a script calls, too: no SET where a key was drawn before.
  const ran = (after.commands - before.commands) / (name === 'EVALSHA' && server.name === 'redis-server' ? 3 : 1)
  // A few more: INFO, DBSIZE, CONFIG. redis-benchmark rounds up to whole pipelines.
  if (ran < (name === 'EVALSHA' ? 0.99 : 1) * requests || ran > requests + CLIENTS * pipeline + 20) {
    throw new Error(`${server.name}: ${requests} commands were sent, ${ran} were run`)
  }
  const [hits, misses] = [after.hits - before.hits, after.misses - before.misses]
  if (name === 'GET' && (hits < requests || misses > 0)) {
    throw new Error(`${server.name}: ${hits} hits and ${misses} misses in ${requests} reads of keys that are there`)
  }
  // Nearly every guarded write is one of a new key, none of the others is.
  const added = after.held - before.held
  if (name === 'EVALSHA' ? added < 0.98 * requests : added !== 0) {
    throw new Error(`${server.name} holds ${added} keys more after ${requests} of ${name}`)
  }
  return { contender: server.name, operation: name, keys, pipeline, ...measured, cpu: cpu / ran }
}

async function facts(port: number) {
  return {
    commands: await infoOf(port, 'total_commands_processed'),
    hits: await infoOf(port, 'keyspace_hits'),
    misses: await infoOf(port, 'keyspace_misses'),
    held: Number(await redisCli(port, 'DBSIZE')),
  }
}

/** All jobs once, on both servers. */
export async function* round(
  number: number,
  servers: ReadonlyMap<ContenderName, Contender>,
  jobs: readonly Job[],
): AsyncIterable<Sample> {
  for (const [index, job] of jobs.entries()) {
    const order = (number + index) % 2 === 0 ? CONTENDERS : CONTENDERS.toReversed()
    for (const name of order) yield { round: number, ...(await measure(servers.get(name)!, job)) }
  }
}
