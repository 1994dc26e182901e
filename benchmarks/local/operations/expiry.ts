/**
 * A million entries expire by themselves, spread evenly over a minute (ten seconds with `--quick`), by the real clock
 * and at each library's own interval (a second, where it can be set). Nobody reads. Measured are the processor time of
 * the whole process, which counts the collector's threads; the event loop's longest pause; and what memory comes back.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '../../measure/random.js'
import { bytesHeld } from '../bytes-held.js'
import type { LoneOperation } from '../operation.js'
import { VALUES } from '../workload.js'

const ENTRIES = 1_000_000
const SPREAD_MS = 60_000
const QUICK_SPREAD_MS = 10_000
/** The first entries expire when the last are long stored and memory has been counted, on a busy machine, too. */
const HEAD_START_MS = 30_000
/** How long after the last deadline removals are waited for. */
const GRACE_MS = 15_000
/** How long the idle process is watched, to know what watching costs. */
const IDLE_MS = 10_000
/** How often the event loop is looked at, ms. More often costs as much as what is measured. */
const RESOLUTION_MS = 2

export const expiry: LoneOperation = {
  kind: 'lone',
  name: 'expiry',
  title: 'expiry of 1M entries',
  columns: {
    cpuMs: 'CPU ms',
    pauseMs: 'longest pause ms',
    givenBack: 'memory given back',
    left: 'entries left',
    proof: 'entries watched',
  },
  fits: (contender) => contender.expiring !== undefined,
  async measure(contender, workload, quick) {
    const spread = quick ? QUICK_SPREAD_MS : SPREAD_MS
    const keys = workload.keys('12', ENTRIES)
    const values = workload.values()
    const random = seededRandom(ENTRIES)
    const before = await bytesHeld()
    const idle = await watched(async () => delay(IDLE_MS))

    const cache = contender.expiring!({ capacity: ENTRIES, ttlMs: spread })
    const start = performance.now()
    for (let index = 0; index < ENTRIES; index++) {
      const due = start + HEAD_START_MS + (random() / 2 ** 32) * spread
      cache.set(keys[index]!, values[index % VALUES]!, Math.max(1, Math.ceil(due - performance.now())))
    }
    const full = await bytesHeld()
    await delay(Math.max(0, start + HEAD_START_MS - performance.now() - 500))
    const held = cache.size()
    const purge = await watched(async () => {
      const end = start + HEAD_START_MS + spread + GRACE_MS
      while (cache.size() > 0 && performance.now() < end) await delay(1000)
    })
    const after = await bytesHeld()
    const total = (bytes: typeof before) => bytes.heap + bytes.offHeap
    return {
      cpuMs: purge.cpuMs - (idle.cpuMs * purge.ms) / idle.ms,
      pauseMs: purge.pauseMs,
      givenBack: (total(full) - total(after)) / (total(full) - total(before)),
      left: cache.size(),
      proof: held / ENTRIES,
    }
  },
}

/** What the process spent, and how long the event loop was kept waiting at most. */
async function watched(wait: () => Promise<unknown>): Promise<{ ms: number; cpuMs: number; pauseMs: number }> {
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  // The first delays are those of starting to watch.
  loop.enable()
  await delay(50)
  loop.reset()
  const cpu = process.cpuUsage()
  const start = performance.now()
  await wait()
  const ms = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  loop.disable()
  return { ms, cpuMs: (user + system) / 1000, pauseMs: loop.max / 1e6 - RESOLUTION_MS }
}
