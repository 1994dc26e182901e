/**
 * The process of one library and one probe: `node worker.js <library> <probe>`. Writes `{"cell": …}`, then ends; but where
 * the question is whether it ends by itself, it is left to do so.
 */
import { writeSync } from 'node:fs'
import { fakeTime } from './fake-time.js'
import { libraryNamed } from './libraries/index.js'
import { PROBES } from './probes/index.js'

const [name, id] = process.argv.slice(2)
const probe = PROBES.find((one) => one.id === id)
if (probe === undefined) throw new Error(`no probe is named ${JSON.stringify(id)}`)

let unhandled = 0
process.on('unhandledRejection', () => unhandled++)
process.on('uncaughtException', () => unhandled++)
process.on('warning', () => {})
const later = setTimeout
// Before the library is read: it may keep what it finds.
const time = probe.fakeTime ? fakeTime() : undefined

let cell: string | null
try {
  const library = await libraryNamed(name!)
  cell = (await probe.run(library, time!)) ?? null
} catch (error) {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  cell = `failed: ${message.split('\n')[0]!.slice(0, 80)}`
}
if (probe.exits) {
  writeSync(1, JSON.stringify({ cell }))
} else {
  // What is thrown behind the caller's back shows up a little later.
  await new Promise((resolve) => later(resolve, 10))
  if (unhandled > 0) cell = `${cell ?? ''}${cell === null ? '' : '; '}${unhandled} uncaught`
  writeSync(1, JSON.stringify({ cell }))
  process.exit(0)
}
