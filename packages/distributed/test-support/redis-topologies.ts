/** Servers that know of each other: a Redis Cluster, and a master with a replica under Sentinels. In memory, on loopback. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort, IN_MEMORY, type RedisServer, startRedisServer } from './redis-server.js'
import { plain, RespClient } from './resp-client.js'

const PATIENCE_MS = 30_000
const SLOTS = 16_384

export interface Topology {
  readonly servers: readonly RedisServer[]
  stop(): Promise<void>
}

/** Three masters and a replica of each. */
export async function startRedisCluster(): Promise<Topology> {
  const folder = mkdtempSync(join(tmpdir(), 'mtaio-redis-cluster-'))
  const buses = await Promise.all(Array.from({ length: 6 }, freePort))
  const servers = await Promise.all(
    buses.map((bus, i) =>
      startRedisServer({
        args: [
          ...IN_MEMORY,
          // A replica is sent a file, whatever else is written.
          ...['--dir', folder],
          ...['--cluster-enabled', 'yes', '--cluster-config-file', join(folder, `${i}.conf`)],
          ...['--cluster-port', String(bus), '--cluster-node-timeout', '2000'],
        ],
      }),
    ),
  )
  const clients = await Promise.all(servers.map(({ port }) => RespClient.open(port)))
  const masters = clients.slice(0, 3)
  for (const [i, master] of masters.entries()) {
    const [from, to] = [Math.floor((i * SLOTS) / 3), Math.floor(((i + 1) * SLOTS) / 3) - 1]
    await master.send('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
    // Epochs of their own, or they would have to agree on who is newer first.
    await master.send('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1))
  }
  const info = async (client: RespClient) =>
    String((plain(await client.send('CLUSTER', 'INFO')) as { bytes: string }).bytes)
  const meet = async () => {
    for (const [i, { port }] of servers.entries()) {
      if (i > 0) await clients[0]!.send('CLUSTER', 'MEET', '127.0.0.1', String(port), String(buses[i]))
    }
  }
  let met = 0
  await until(async () => {
    // Again after a while: a handshake on a busy machine is given up, and one under way counts as a node.
    if (Date.now() - met > 5000) {
      await meet()
      met = Date.now()
    }
    return (await Promise.all(clients.map(info))).every((text) => text.includes('cluster_known_nodes:6'))
  })
  for (const [i, replica] of clients.slice(3).entries()) {
    const { bytes: id } = plain(await masters[i]!.send('CLUSTER', 'MYID')) as { bytes: string }
    await until(async () => plain(await replica.send('CLUSTER', 'REPLICATE', id)) === 'OK')
  }
  await until(async () => (await Promise.all(clients.map(info))).every((text) => text.includes('cluster_state:ok')))
  await Promise.all(clients.map((client) => client.close()))
  return { servers, stop: () => stopAll(servers, folder) }
}

export interface SentinelTopology extends Topology {
  readonly name: string
  readonly sentinels: readonly { host: string; port: number }[]
  readonly master: RedisServer
}

/** A master, a replica, and three Sentinels that watch over them. */
export async function startSentinels(): Promise<SentinelTopology> {
  const folder = mkdtempSync(join(tmpdir(), 'mtaio-redis-sentinel-'))
  const name = 'cache'
  const master = await startRedisServer({ args: [...IN_MEMORY, '--dir', folder] })
  const replica = await startRedisServer({
    args: [...IN_MEMORY, '--dir', folder, '--replicaof', '127.0.0.1', String(master.port)],
  })
  const sentinels = await Promise.all(
    [0, 1, 2].map((i) => {
      const file = join(folder, `${i}.conf`)
      const lines = [
        `dir ${folder}`,
        `sentinel monitor ${name} 127.0.0.1 ${master.port} 2`,
        `sentinel down-after-milliseconds ${name} 500`,
        `sentinel failover-timeout ${name} 3000`,
      ]
      writeFileSync(file, `${lines.join('\n')}\n`)
      return startRedisServer({ args: [file, '--sentinel'] })
    }),
  )
  for (const { port } of sentinels) {
    const client = await RespClient.open(port)
    await until(async () => {
      const facts = plain(await client.send('SENTINEL', 'MASTER', name)) as { bytes: string }[]
      const fact = (key: string) => facts[facts.findIndex(({ bytes }) => bytes === key) + 1]?.bytes
      return fact('num-slaves') === '1' && fact('num-other-sentinels') === '2'
    })
    await client.close()
  }
  const servers = [master, replica, ...sentinels]
  const addresses = sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))
  return { servers, master, name, sentinels: addresses, stop: () => stopAll(servers, folder) }
}

/** Waits for others' processes, which tell nobody when they are ready. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('the servers have not found each other')
    await pause(50)
  }
}

async function stopAll(servers: readonly RedisServer[], folder: string): Promise<void> {
  await Promise.all(servers.map((server) => server.kill()))
  rmSync(folder, { recursive: true, force: true })
}
