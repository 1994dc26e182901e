/** Keeps so many calls in flight for a while, and takes the time of each. */
import { seededRandom } from '../measure/random.js'
import { quantile } from '../measure/ratios.js'
import type { Contender } from './contender.js'

export interface Load {
  readonly verb: 'get' | 'set'
  readonly inFlight: number
  readonly bytes: number
}

export interface Measured {
  /** Calls a second. */
  readonly rate: number
  /** Processor time of this process, µs a call. */
  readonly cpuUs: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly worstMs: number
  readonly failed: number
}

/** Keys of a size of value: fewer of large ones, or they would not fit. */
export function keysOf(bytes: number): readonly string[] {
  const count = Math.max(16, Math.min(10_000, Math.floor(64_000_000 / bytes / 4)))
  return Array.from({ length: count }, (_, i) => `user:${bytes}:${i}`)
}

export async function fill(contender: Contender, bytes: number): Promise<void> {
  const value = 'v'.repeat(bytes)
  const keys = keysOf(bytes)
  for (let from = 0; from < keys.length; from += 64) {
    await Promise.all(keys.slice(from, from + 64).map((key) => contender.set(key, value)))
  }
}

export async function drive(contender: Contender, { verb, inFlight, bytes }: Load, ms: number): Promise<Measured> {
  const keys = keysOf(bytes)
  const value = 'v'.repeat(bytes)
  const random = seededRandom(1)
  const times: number[] = []
  let failed = 0
  const cpu = process.cpuUsage()
  const start = performance.now()
  const end = start + ms
  const lane = async () => {
    for (let now = performance.now(); now < end; ) {
      const key = keys[random() % keys.length]!
      try {
        await (verb === 'get' ? contender.get(key) : contender.set(key, value))
      } catch {
        failed++
      }
      const after = performance.now()
      times.push(after - now)
      now = after
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  const took = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  times.sort((a, b) => a - b)
  return {
    rate: (times.length * 1000) / took,
    cpuUs: (user + system) / times.length,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    worstMs: times.at(-1)!,
    failed,
  }
}
