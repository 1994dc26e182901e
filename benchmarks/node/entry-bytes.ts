/** What an entry takes of a server's memory: the same entries in both, read back. */
import { type ContenderName, start } from './contender.js'
import { residentOf } from './process-facts.js'
import { infoOf, pipe, redisCli } from './redis-cli.js'
import { seeded, sets, VALUE_BYTES } from './workload.js'

const WARM_UP = 20_000
const CHECKED = 50

export interface EntryBytes {
  /** By what the process has grown. */
  readonly resident: number
  /** By what the server says that it uses. */
  readonly told: number
}

/** @throws Error unless the server then holds each entry */
export async function entryBytes(name: ContenderName, entries: number, ttl?: number): Promise<EntryBytes> {
  const server = await start(name)
  try {
    const { port, pid } = server
    // What comes with the first commands (code, buffers) is no entry's.
    await pipe(port, sets(WARM_UP, ttl))
    await redisCli(port, 'FLUSHALL')
    await server.collect()
    const [resident, told] = [await residentOf(pid), await infoOf(port, 'used_memory')]
    await pipe(port, sets(entries, ttl))
    await server.collect()
    const grown = {
      resident: ((await residentOf(pid)) - resident) / entries,
      told: ((await infoOf(port, 'used_memory')) - told) / entries,
    }
    const held = Number(await redisCli(port, 'DBSIZE'))
    if (held !== entries) throw new Error(`${name} holds ${held} entries of ${entries}`)
    for (let i = 0; i < CHECKED; i++) {
      const index = Math.floor((i * entries) / CHECKED)
      const value = await redisCli(port, 'GET', `key:${String(index).padStart(12, '0')}`)
      if (value !== seeded(index, VALUE_BYTES)) throw new Error(`${name} answers another value for key ${index}`)
    }
    return grown
  } finally {
    await server.stop()
  }
}
