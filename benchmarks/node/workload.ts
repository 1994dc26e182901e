/** What is asked of both servers. */
import { STORE_SHA } from './store-script.js'

export interface Operation {
  readonly name: string
  /** What redis-benchmark is told to send. */
  readonly command: readonly string[]
  /** How many keys take part. */
  readonly keys: number
}

/** 116 bytes that the guarded write takes for an envelope: its first byte is the format's, and none is zero. */
const ENVELOPE = `\x01${'x'.repeat(115)}`
/** So many that nearly every write is one of a new key. */
const FRESH = 1_000_000_000

export const KEYSPACES = [100_000, 1_000_000] as const
export const PIPELINES = [1, 16, 64] as const
export const CLIENTS = 50
export const VALUE_BYTES = 100

export const OPERATIONS: readonly Operation[] = KEYSPACES.flatMap((keys) => [
  { name: 'SET', command: ['-t', 'set'], keys },
  { name: 'GET', command: ['-t', 'get'], keys },
])

export const GUARDED: Operation = {
  name: 'EVALSHA',
  command: ['EVALSHA', STORE_SHA, '1', 'key:__rand_int__', ENVELOPE, '0'],
  keys: FRESH,
}

/** SETs of so many entries with values of 100 bytes. */
export function* sets(entries: number, ttl?: number): Iterable<string> {
  for (let index = 0; index < entries; index++) yield setOf(index, VALUE_BYTES, ttl)
}

/** RESP of a SET of key `index`, 16 bytes, with a value of so many bytes that tell the index. */
export function setOf(index: number, length: number, ttl?: number): string {
  const key = `key:${String(index).padStart(12, '0')}`
  const value = seeded(index, length)
  const deadline = ttl === undefined ? '' : `$2\r\nPX\r\n$${String(ttl).length}\r\n${ttl}\r\n`
  return `*${ttl === undefined ? 3 : 5}\r\n$3\r\nSET\r\n$16\r\n${key}\r\n$${length}\r\n${value}\r\n${deadline}`
}

/** So many bytes that tell the index. */
export function seeded(index: number, length: number): string {
  return `${index}:`.padEnd(length, 'v').slice(0, length)
}
