/** Seeds shared out among worker threads in blocks; each thread asks for the next block when it is done with one. */
import { Worker } from 'node:worker_threads'

const BLOCK = 500
/** Young objects of a thread, MB: the histories of a block die young. */
const YOUNG = 48

/**
 * @param {{ seeds: number, from: number, jobs: number, scenario?: string, mutation?: string, most: number,
 *   onBlock?: (report: object, broken: readonly object[]) => void, signal?: AbortSignal }} options `onBlock` hears, after each
 *   block, what all have seen so far and what was broken in that block; `signal` lets the blocks that are under way be the last
 * @returns what all threads saw, the broken histories in the order of their seeds
 */
export async function simulateOverCores({ seeds, from, jobs, scenario, mutation, most, onBlock, signal }) {
  const counts = { histories: 0, calls: 0, commands: 0, faults: 0, mishaps: 0, events: 0 }
  const report = { ...counts, scenarios: {}, cpuSeconds: 0, seconds: 0, broken: [] }
  const began = performance.now()
  const usedBefore = process.cpuUsage()
  const end = from + seeds
  let next = from
  const blockFrom = () => {
    if (next >= end || report.broken.length >= most || signal?.aborted) return undefined
    const block = { from: next, seeds: Math.min(BLOCK, end - next) }
    next += block.seeds
    return block
  }
  const add = ({ broken, scenarios, ...more }) => {
    for (const [name, count] of Object.entries(more)) report[name] += count
    for (const [name, count] of Object.entries(scenarios))
      report.scenarios[name] = (report.scenarios[name] ?? 0) + count
    report.broken.push(...broken)
    const { user, system } = process.cpuUsage(usedBefore)
    report.cpuSeconds = (user + system) / 1e6
    report.seconds = (performance.now() - began) / 1000
    onBlock?.(report, broken)
  }
  await Promise.all(Array.from({ length: jobs }, () => work({ scenario, mutation, most }, blockFrom, add)))
  report.broken.sort((a, b) => a.seed - b.seed)
  return report
}

function work(workerData, blockFrom, add) {
  const worker = new Worker(new URL('simulation-worker.mjs', import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG },
  })
  return new Promise((resolve, reject) => {
    let block
    const give = () => {
      block = blockFrom()
      if (block === undefined) void worker.terminate().then(resolve)
      else worker.postMessage(block)
    }
    worker.on('message', (seen) => {
      add(seen)
      give()
    })
    worker.on('error', (error) => {
      const where = `a thread ended among the seeds from ${block?.from}, ${block?.seeds} of them`
      reject(new Error(`${where}: ${error.message}`, { cause: error }))
    })
    give()
  })
}
