/** Where requests come from: a trace, or a made-up stream that drifts and is scanned now and then. Keys are interned. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'

/** Requests in order: `keys[order[i]]` is asked for at step i. */
export interface RequestStream {
  readonly keys: readonly string[]
  readonly order: Int32Array
}

/** Reads a trace, one key a line, gzip'd where the name ends in .gz. Streams; memory is one number a request and one string a key. */
export async function readTrace(path: string): Promise<RequestStream> {
  const file = createReadStream(path)
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file
  const failed = new Promise<never>((_, reject) => {
    file.on('error', reject)
    input.on('error', reject)
  })
  return Promise.race([intern(createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })), failed])
}

async function intern(lines: AsyncIterable<string>): Promise<RequestStream> {
  const ids = new Map<string, number>()
  let order = new Int32Array(1 << 16)
  let length = 0
  for await (const line of lines) {
    const key = line.trim()
    if (key === '') continue
    let id = ids.get(key)
    if (id === undefined) {
      id = ids.size
      ids.set(key, id)
    }
    if (length === order.length) {
      const longer = new Int32Array(length * 2)
      longer.set(order)
      order = longer
    }
    order[length++] = id
  }
  return { keys: [...ids.keys()], order: order.subarray(0, length) }
}

export interface SyntheticOptions {
  readonly seed: number
  readonly requests: number
  readonly keys: number
}

/**
 * Zipf-distributed requests (exponent 0.9) whose popular keys drift: every request in 50 shifts the ranking by one key. Once
 * in 20,000 requests a scan asks for 2,000 keys that nobody asks for again. The same seed gives the same stream.
 */
export function synthesize({ seed, requests, keys }: SyntheticOptions): RequestStream {
  const random = mulberry32(seed)
  const cumulative = new Float64Array(keys)
  let sum = 0
  for (let rank = 0; rank < keys; rank++) {
    sum += (rank + 1) ** -0.9
    cumulative[rank] = sum
  }
  const order = new Int32Array(requests)
  let scanned = keys
  for (let step = 0; step < requests; ) {
    if (step % 20_000 === 10_000) {
      for (let i = 0; i < 2000 && step < requests; i++) order[step++] = scanned++
      continue
    }
    const rank = firstAtLeast(cumulative, random() * sum)
    order[step] = (rank + Math.floor(step / 50)) % keys
    step++
  }
  return { keys: Array.from({ length: scanned }, (_, id) => `item:${id}`), order }
}

function firstAtLeast(sorted: Float64Array, wanted: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/** Tommy Ettinger's mulberry32: a small generator with a 32-bit state, good enough for a demonstration. */
export function mulberry32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000
  }
}
