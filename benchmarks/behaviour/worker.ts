/**
 * The process of one library: `node worker.js <library> <probe>,…`. Writes a line of `{"cell": …}` for each probe, then
 * ends; but where the question is whether it ends by itself, it is left to do so.
 */
import { writeSync } from 'node:fs'
import { fakeTime } from './fake-time.js'
import { libraryNamed } from './libraries/index.js'
import type { Probe } from './probe.js'
import { PROBES } from './probes/index.js'

const [name, ids] = process.argv.slice(2)
const probes = ids!.split(',').map((id) => PROBES.find((one) => one.id === id)!)

let unhandled = 0
process.on('unhandledRejection', () => unhandled++)
process.on('uncaughtException', () => unhandled++)
const later = setTimeout
// Before the library is read: it may keep what it finds.
const time = probes[0]!.fakeTime ? fakeTime() : undefined

async function cellOf(probe: Probe): Promise<string | null> {
  let cell: string | null
  try {
    cell = (await probe.run(await libraryNamed(name!), time!)) ?? null
  } catch (error) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    cell = `failed: ${message.split('\n')[0]!.slice(0, 80)}`
  }
  if (probe.exits) return cell
  // What is thrown behind the caller's back shows up a little later.
  await new Promise((resolve) => later(resolve, 10))
  if (unhandled > 0) cell = `${cell === null ? '' : `${cell}; `}${unhandled} uncaught`
  unhandled = 0
  return cell
}

for (const probe of probes) writeSync(1, `${JSON.stringify({ cell: await cellOf(probe) })}\n`)
if (!probes.some(({ exits }) => exits)) process.exit(0)
