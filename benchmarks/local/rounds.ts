/**
 * Who is measured when: a fresh process per contender and round, rounds one after another, within a round the
 * contenders and the operations in an order of its own, the operations' the same for all. Lone operations have a
 * process each. One process at a time.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { seededRandom, shuffled } from '../measure/random.js'
import type { Contender } from './contender.js'
import type { Effort, Job, Outcome } from './job.js'
import type { Measurement, Operation } from './operation.js'
import { snapshotOfWorker } from './snapshot.js'

const run = promisify(execFile)
/** A process that takes longer hangs. */
const PATIENCE_MS = 30 * 60_000

export interface Plan extends Effort {
  readonly contenders: readonly Contender[]
  readonly operations: readonly Operation[]
  readonly rounds: number
  /** Rounds of lone operations, which take a minute and vary little. */
  readonly loneRounds: number
  readonly seed: number
  readonly seasoned: boolean
  readonly quick: boolean
  /** The binary of Node. */
  readonly node: string
  /** Told of each step. */
  progress(step: string): void
}

/** One operation of one contender in one round. */
export interface Sample {
  readonly round: number
  readonly contender: string
  readonly operation: string
  readonly measurement: Measurement
}

export interface Run {
  readonly samples: readonly Sample[]
  readonly node: string
  readonly v8: string
  /** Contenders whose process failed, and why. They are left out from then on. */
  readonly failures: ReadonlyMap<string, string>
}

export async function measureRounds(plan: Plan): Promise<Run> {
  const samples: Sample[] = []
  const failures = new Map<string, string>()
  const worker = snapshotOfWorker()
  let node = ''
  let v8 = ''
  for (let round = 0; round < plan.rounds; round++) {
    const order = seededRandom(plan.seed * 1000 + round)
    const operations = shuffled(plan.operations, order)
    for (const contender of shuffled(plan.contenders, order)) {
      for (const job of jobsOf(contender, operations, round, plan)) {
        if (failures.has(contender.name)) break
        plan.progress(`round ${round + 1} of ${plan.rounds}: ${contender.name} (${job.operations.length} operations)`)
        try {
          const outcome = await outcomeOf(worker, job, plan.node)
          node = outcome.node
          v8 = outcome.v8
          for (const [operation, measurement] of Object.entries(outcome.measurements)) {
            samples.push({ round, contender: contender.name, operation, measurement })
          }
        } catch (error) {
          failures.set(contender.name, reasonOf(error))
        }
      }
    }
  }
  return { samples, node, v8, failures }
}

/** The processes of one contender in one round. */
function jobsOf(contender: Contender, operations: readonly Operation[], round: number, plan: Plan): Job[] {
  const { warmUpMs, measureMs, seasoned, quick, loneRounds } = plan
  const fitting = operations.filter((operation) => operation.fits(contender))
  const timed = fitting.filter((operation) => operation.kind === 'timed')
  const lone = round < loneRounds ? fitting.filter((operation) => operation.kind === 'lone') : []
  const groups = [...(timed.length > 0 ? [timed] : []), ...lone.map((operation) => [operation])]
  return groups.map((group) => ({
    contender: contender.name,
    operations: group.map((operation) => operation.name),
    seed: plan.seed + round,
    warmUpMs,
    measureMs,
    seasoned,
    quick,
  }))
}

async function outcomeOf(worker: string, job: Job, node: string): Promise<Outcome> {
  const { stdout } = await run(node, ['--expose-gc', worker, JSON.stringify(job)], {
    timeout: PATIENCE_MS,
    // What the caller sets for its own Node is not for the measured one.
    env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' },
  })
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Outcome
}

function reasonOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string }
  return /^\w*Error.*$/m.exec(stderr ?? '')?.[0] ?? message
}
