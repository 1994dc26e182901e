/** Entries of several kinds, as `redis-cli --pipe` takes them: what memory is counted on. */
import { setOf } from './workload.js'

export interface DataSet {
  readonly name: string
  commands(): Iterable<string>
}

const MB = 2 ** 20

/** As many entries with values of that length as make up so many bytes. */
function filled(name: string, length: number, bytes: number, ttl?: number): DataSet {
  const count = Math.ceil(bytes / (length + 60))
  return {
    name: `${name}${ttl === undefined ? '' : ', with deadlines'}`,
    *commands() {
      for (let index = 0; index < count; index++) yield setOf(index, length, ttl)
    },
  }
}

/** Lengths from 1 to `most`, drawn anew for each write; every key is written several times over. */
function churned(most: number, count: number, writes: number): DataSet {
  return {
    name: `1–${most.toLocaleString('en')} bytes, each key written ${writes / count} times`,
    *commands() {
      let drawn = 1
      for (let write = 0; write < writes; write++) {
        drawn = (Math.imul(drawn, 1664525) + 1013904223) | 0
        const index = (drawn >>> 8) % count
        drawn = (Math.imul(drawn, 1664525) + 1013904223) | 0
        yield setOf(index, 1 + ((drawn >>> 8) % most))
      }
    },
  }
}

/** Filled, and then all but every tenth entry is removed. */
function thinned(length: number, count: number): DataSet {
  return {
    name: `${length} bytes, nine of ten removed`,
    *commands() {
      for (let index = 0; index < count; index++) yield setOf(index, length)
      for (let index = 0; index < count; index++) {
        if (index % 10 !== 0) yield `*2\r\n$3\r\nDEL\r\n$16\r\nkey:${String(index).padStart(12, '0')}\r\n`
      }
    },
  }
}

export const DATA_SETS: readonly DataSet[] = [
  filled('10 bytes', 10, 60 * MB),
  filled('10 bytes', 10, 60 * MB, 3_600_000),
  filled('100 bytes', 100, 120 * MB),
  filled('100 bytes', 100, 120 * MB, 3_600_000),
  filled('1,000 bytes', 1000, 160 * MB),
  filled('20,000 bytes', 20_000, 160 * MB),
  filled('200,000 bytes', 200_000, 160 * MB),
  churned(300, 400_000, 2_000_000),
  churned(4000, 40_000, 400_000),
  thinned(100, 1_500_000),
]

/** More than there is room for: the store is full, and evicts. */
export const OVERFLOWING: readonly DataSet[] = [filled('100 bytes', 100, 300 * MB), churned(2000, 400_000, 400_000)]
