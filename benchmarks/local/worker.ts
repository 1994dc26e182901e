/** The measuring process: one contender, some operations, once. Started by `rounds.ts`, prints an `Outcome`. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Contender } from './contender.js'
import { contenderNamed } from './contenders/index.js'
import type { Effort, Job, Outcome } from './job.js'
import { checksum, type Measurement, type Operation, type Prepared, type TimedOperation } from './operation.js'
import { OPERATIONS } from './operations/index.js'
import { season } from './seasoning.js'
import { CALLS, Workload } from './workload.js'

/** Passes before and while time is taken, at least, however long they take. */
const LEAST_PASSES = 3
/** How long a contender may take for the passes of its proof. */
const PROOF_MS = 4000

async function outcomeOf(job: Job): Promise<Outcome> {
  const contender = await contenderNamed(job.contender)
  const workload = new Workload(job.seed)
  const measurements: Record<string, Measurement> = {}
  const operations = job.operations.map((name) => OPERATIONS.find((operation) => operation.name === name)!)
  if (job.seasoned && operations.some((operation) => operation.kind === 'timed')) await season(contender)
  for (const operation of operations) {
    measurements[operation.name] = await measurementOf(operation, contender, workload, job)
  }
  return { node: process.version, v8: process.versions.v8, measurements, checksum: checksum() }
}

function measurementOf(operation: Operation, contender: Contender, workload: Workload, job: Job): Promise<Measurement> {
  return operation.kind === 'timed'
    ? timed(operation, contender, workload, job)
    : operation.measure(contender, workload, job.quick)
}

async function timed(
  operation: TimedOperation,
  contender: Contender,
  workload: Workload,
  { warmUpMs, measureMs }: Effort,
): Promise<Measurement> {
  const prepared = await operation.prepare(contender, workload)
  const pass = () => prepared.pass()
  const proof = await proofOf(prepared)
  await repeat(pass, warmUpMs)
  // What earlier work left behind is collected now, so that it is not paid for by this one.
  await globalThis.gc?.()
  await turn()
  const { ms, cpuMs, passes } = await repeat(pass, measureMs)
  const calls = passes * CALLS
  return { ns: (ms * 1e6) / calls, cpuNs: (cpuMs * 1e6) / calls, ...(proof !== undefined && { proof }) }
}

/** The proof, unless it would take too long: then how slow the contender is says enough. */
async function proofOf(prepared: Prepared): Promise<number | undefined> {
  const start = performance.now()
  for (let pass = 0; pass < prepared.proofPasses; pass++) {
    await prepared.pass()
    if (performance.now() - start > PROOF_MS) return undefined
  }
  return prepared.proof()
}

async function repeat(
  pass: () => void | Promise<void>,
  leastMs: number,
): Promise<{ ms: number; cpuMs: number; passes: number }> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  let passes = 0
  let ms = 0
  while (passes < LEAST_PASSES || ms < leastMs) {
    await pass()
    passes++
    ms = performance.now() - start
  }
  const { user, system } = process.cpuUsage(cpu)
  return { ms, cpuMs: (user + system) / 1000, passes }
}

const outcome = await outcomeOf(JSON.parse(process.argv[2]!) as Job)
// Timers of a contender may not keep the process.
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0))
