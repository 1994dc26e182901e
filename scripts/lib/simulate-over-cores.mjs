/** Seeds shared out among worker threads in blocks; each thread asks for the next block when it is done with one. */
import { Worker } from 'node:worker_threads'

const BLOCK = 500
/** Young objects of a thread, MB: the histories of a block die young. */
const YOUNG = 32

/**
 * @param {{ seeds: number, from: number, jobs: number, scenario?: string, mutation?: string, most: number }} options
 * @returns what all threads saw, the broken histories in the order of their seeds
 */
export async function simulateOverCores({ seeds, from, jobs, scenario, mutation, most }) {
  const report = { histories: 0, calls: 0, events: 0, cpuSeconds: 0, seconds: 0, broken: [] }
  const began = performance.now()
  const usedBefore = process.cpuUsage()
  const end = from + seeds
  let next = from
  const blockFrom = () => {
    if (next >= end || report.broken.length >= most) return undefined
    const block = { from: next, seeds: Math.min(BLOCK, end - next) }
    next += block.seeds
    return block
  }
  await Promise.all(Array.from({ length: jobs }, () => work({ scenario, mutation, most }, blockFrom, report)))
  report.broken.sort((a, b) => a.seed - b.seed)
  const { user, system } = process.cpuUsage(usedBefore)
  report.cpuSeconds = (user + system) / 1e6
  report.seconds = (performance.now() - began) / 1000
  return report
}

function work(workerData, blockFrom, report) {
  const worker = new Worker(new URL('simulation-worker.mjs', import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG },
  })
  return new Promise((resolve, reject) => {
    const give = () => {
      const block = blockFrom()
      if (block === undefined) void worker.terminate().then(resolve)
      else worker.postMessage(block)
    }
    worker.on('message', ({ broken, ...counts }) => {
      for (const [name, count] of Object.entries(counts)) report[name] += count
      report.broken.push(...broken)
      give()
    })
    worker.on('error', reject)
    give()
  })
}
