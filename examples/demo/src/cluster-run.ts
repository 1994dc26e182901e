/**
 * The stream through a DistributedCache: get, and on a miss set; some requests write. Every value says which key and which
 * version it is, so that every read can be judged: it must be of its key, and no older than the last acknowledged write.
 */
import { DistributedCache } from '@mtaio/distributed'
import { build } from 'hdr-histogram-js'
import { countKeys, NodeProcess } from './node-processes.js'
import { progress } from './progress.js'
import { mulberry32, type RequestStream } from './request-stream.js'

/** Requests under way at once. */
const WORKERS = 64
/** One request in so many writes. */
const WRITE_EVERY = 20

export interface ClusterResult {
  readonly operations: number
  readonly seconds: number
  readonly hitRatio: number
  readonly readLatency: Latency
  readonly writeLatency: Latency
  /** Reads that were rejected. */
  readonly failedReads: number
  /** Reads that answered another key's value, or an older one than was acknowledged. */
  readonly wrongReads: number
  readonly failedWrites: number
  readonly repairs: number
  readonly hintsReplayed: number
  readonly degraded: number
  readonly entries: ReadonlyMap<string, number>
  readonly events: readonly string[]
}

/** Milliseconds. */
export interface Latency {
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

/** Over embedded nodes of which one is killed half-way and comes back empty, or over real servers. */
export async function runCluster(
  stream: RequestStream,
  size: number,
  seed: number,
  redis: readonly string[],
): Promise<ClusterResult> {
  const embedded = redis.length > 0 ? [] : [new NodeProcess(), new NodeProcess(), new NodeProcess()]
  // Two copies over three nodes: each holds two thirds of what the cache holds.
  await Promise.all(embedded.map((node) => node.start(size)))
  const nodes = embedded.length > 0 ? embedded.map(({ address }) => address) : redis
  const cache = new DistributedCache<string>({
    nodes,
    namespace: `demo-${process.pid}-${Date.now()}`,
    operationTimeout: 5,
  })
  const events: string[] = []
  const count = { failedReads: 0, wrongReads: 0, failedWrites: 0 }
  const reads = build({ useWebAssembly: false })
  const writes = build({ useWebAssembly: false })
  const total = stream.order.length
  const bar = progress('DistributedCache', total)
  const tell = (what: string) => {
    const percent = Math.round((100 * next) / total)
    events.push(`${percent} %: ${what}`)
    bar.at(next, what)
  }
  let next = 0
  cache.on('node-down', (node) => tell(`${node} is down`))
  cache.on('node-up', (node) => tell(`${node} is back`))
  cache.on('error', (error) => tell(String(error)))

  const random = mulberry32(seed + 1)
  const issued = new Map<number, number>()
  const acknowledged = new Map<number, number>()
  /** Requests for one key follow one another, or nobody could say which value is right. */
  const busy = new Map<number, Promise<void>>()

  const timed = async <R>(histogram: typeof reads, call: () => Promise<R>): Promise<R> => {
    const start = performance.now()
    try {
      return await call()
    } finally {
      histogram.recordValue(Math.max(1, Math.round((performance.now() - start) * 1000)))
    }
  }
  const write = async (id: number, version: number) => {
    issued.set(id, version)
    try {
      await timed(writes, () => cache.set(stream.keys[id]!, `${stream.keys[id]}#${version}`))
      acknowledged.set(id, version)
    } catch {
      count.failedWrites++
    }
  }
  const request = async (id: number, isWrite: boolean) => {
    if (isWrite) return write(id, (issued.get(id) ?? 0) + 1)
    const least = acknowledged.get(id) ?? 0
    try {
      const value = await timed(reads, () => cache.get(stream.keys[id]!))
      if (value === undefined) return write(id, issued.get(id) ?? 0)
      const cut = value.lastIndexOf('#')
      const version = Number(value.slice(cut + 1))
      if (value.slice(0, cut) !== stream.keys[id] || version < least || version > (issued.get(id) ?? 0))
        count.wrongReads++
    } catch {
      count.failedReads++
    }
  }
  const work = async () => {
    while (next < total) {
      const step = next++
      if (embedded.length > 0 && step === Math.floor(total / 2)) {
        tell(`${nodes[1]} is killed`)
        await embedded[1]!.kill()
      }
      if (embedded.length > 0 && step === Math.floor((total * 3) / 4)) {
        await embedded[1]!.start(size)
        tell(`${nodes[1]} is started, empty`)
      }
      if (step % 1000 === 0) bar.at(step)
      const id = stream.order[step]!
      const turn = (busy.get(id) ?? Promise.resolve()).then(() => request(id, random() * WRITE_EVERY < 1))
      busy.set(id, turn)
      await turn
      if (busy.get(id) === turn) busy.delete(id)
    }
  }

  const start = performance.now()
  await Promise.all(Array.from({ length: WORKERS }, work))
  const seconds = (performance.now() - start) / 1000
  bar.end()
  await untilAllUp(cache)
  const stats = cache.getStats()
  const entries = new Map<string, number>()
  for (const node of nodes) {
    const address = node.includes('://') ? new URL(node).host : node
    entries.set(address, await countKeys(address).catch(() => Number.NaN))
  }
  await cache[Symbol.asyncDispose]()
  for (const node of embedded) await node.kill()
  return {
    ...count,
    operations: reads.totalCount + writes.totalCount,
    seconds,
    hitRatio: stats.hitRate,
    readLatency: latencyOf(reads),
    writeLatency: latencyOf(writes),
    repairs: stats.repairs,
    hintsReplayed: stats.hintsReplayed,
    degraded: stats.degraded,
    entries,
    events,
  }
}

/** A node that came back is probed at growing intervals, of ten seconds at most; then it is told what it missed. */
async function untilAllUp(cache: DistributedCache<string>): Promise<void> {
  if (cache.getStats().nodes.every(({ up }) => up)) return
  console.log('waiting for the node that came back to be told what it missed …')
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 20_000)
    const undo = cache.on('node-up', () => {
      if (!cache.getStats().nodes.every(({ up }) => up)) return
      clearTimeout(timer)
      undo()
      resolve()
    })
  })
}

function latencyOf(histogram: ReturnType<typeof build>): Latency {
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1000
  return { p50: at(50), p99: at(99), p999: at(99.9) }
}
