/**
 * Concurrent random transactions, interleaved at every await, with writes and reads from outside as transactions of one
 * step. A longer run: `npm run interleavings`.
 */
import { CacheTransactionError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Committed, isSerializable, type Step, type Taken } from '../../test-support/transaction-history.js'
import type { Transaction } from '../cache.js'
import { TTLCache } from '../ttl-cache.js'
import { LocalTransaction } from './local-transaction.js'

const runs = Number(process.env.INTERLEAVINGS ?? 1500)
const KEYS = ['a', 'b', 'c']

const key = fc.constantFrom(...KEYS)
const step = fc.oneof(
  fc.record({ kind: fc.constantFrom('get' as const, 'get', 'has', 'delete'), key }),
  // A number tells who wrote it: it is drawn from so many that two are never the same.
  fc.record({ kind: fc.constant('set' as const), key, value: fc.nat() }),
)
const body = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 5 }),
  throws: fc.boolean(),
  explicit: fc.boolean(),
  retries: fc.nat({ max: 2 }),
})
/** Some run in transactions, some are done from outside, one step each. */
const program = fc.record({
  transactions: fc.array(body, { minLength: 2, maxLength: 4 }),
  outside: fc.array(fc.oneof(step, fc.constant('read all' as const)), { maxLength: 3 }),
})

type Program = typeof program extends fc.Arbitrary<infer P> ? P : never

class World {
  readonly cache = new TTLCache<number>()
  readonly committed: Committed[] = []
  readonly log: string[] = []
  conflicts = 0
  private now = 0

  constructor(private readonly scheduler: fc.Scheduler) {}

  async run({ transactions, outside }: Program): Promise<boolean> {
    const all = Promise.all(transactions.map((each) => this.transact(each)))
    this.scheduler.scheduleSequence(
      outside.map((each) => ({ label: 'outside', builder: () => this.fromOutside(each) })),
    )
    await this.scheduler.waitIdle()
    await all
    const end = new Map([...this.cache.sync.items()])
    await this.cache[Symbol.asyncDispose]()
    return isSerializable(this.committed, end)
  }

  private async transact({ steps, throws, explicit, retries }: Program['transactions'][number]): Promise<void> {
    const changedMind = new Error('changed my mind')
    let began = 0
    let taken: Taken[] = []
    const run = async (txn: Transaction<number>) => {
      began = ++this.now
      taken = []
      for (const each of steps) {
        await this.scheduler.schedule(Promise.resolve(), each.kind)
        taken.push({ ...each, answer: await this.take(txn, each) })
      }
      await this.scheduler.schedule(Promise.resolve(), 'end')
      if (throws) throw changedMind
    }
    try {
      if (explicit) {
        await using txn = this.cache.transaction()
        await run(txn)
        await txn.commit()
      } else await this.cache.transaction(run, { retries })
      this.log.push('commit')
      this.committed.push({ began, ended: ++this.now, steps: taken })
    } catch (error) {
      if (error === changedMind) return
      if (!(error instanceof CacheTransactionError) || error.code !== 'CONFLICT') throw error
      this.log.push('conflict')
      this.conflicts++
    }
  }

  private async take(on: Transaction<number> | TTLCache<number>, step: Step): Promise<unknown> {
    this.log.push(`${step.kind} ${step.key}`)
    return step.kind === 'set' ? on.set(step.key, step.value) : on[step.kind](step.key)
  }

  private async fromOutside(each: Step | 'read all'): Promise<void> {
    const began = ++this.now
    // All at one moment: who sees half of a commit sees what no order explains.
    const steps: Taken[] =
      each === 'read all'
        ? KEYS.map((key) => ({ kind: 'get', key, answer: this.cache.sync.get(key) }))
        : [{ ...each, answer: await this.take(this.cache, each) }]
    this.committed.push({ began, ended: ++this.now, steps })
  }
}

async function explore(numRuns: number) {
  const different = new Set<string>()
  let [committed, conflicts] = [0, 0]
  const details = await fc.check(
    fc.asyncProperty(fc.scheduler(), program, async (scheduler, each) => {
      const world = new World(scheduler)
      const explained = await world.run(each)
      if (different.size < 1_000_000) different.add(world.log.join())
      committed += world.committed.length
      conflicts += world.conflicts
      return explained
    }),
    { numRuns, endOnFailure: true },
  )
  return { failed: details.failed, details, different: different.size, committed, conflicts }
}

describe('transactions, interleaved at every await', () => {
  it(
    'law: some serial order explains all that was read and what is there in the end',
    async () => {
      const { failed, details, different, committed, conflicts } = await explore(runs)
      if (runs > 1500) {
        console.log(
          `${different} different histories in ${details.numRuns} runs: ${committed} commits, ${conflicts} conflicts`,
        )
      }
      expect(failed, fc.defaultReportMessage(details)).toBe(false)
      expect(conflicts).toBeGreaterThan(runs / 20)
      expect(committed).toBeGreaterThan(runs)
    },
    Number.POSITIVE_INFINITY,
  )
})

/** What the faults below are put into. */
interface Internals {
  readonly verbs: { peek(key: string): unknown; write(key: string, value: unknown): void }
  conflicts(): string[]
  outside(key: string): unknown
  stage(key: string, value: unknown): void
}
const internals = LocalTransaction.prototype as unknown as Internals

describe('the law notices a cache', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('whose commits look for no conflicts', async () => {
    vi.spyOn(internals, 'conflicts').mockReturnValue([])
    expect((await explore(5000)).failed).toBe(true)
  })

  it('whose transactions read the latest again instead of what they saw', async () => {
    vi.spyOn(internals, 'outside').mockImplementation(function (this: Internals, key) {
      return this.verbs.peek(key)
    })
    expect((await explore(5000)).failed).toBe(true)
  })

  it('that shows a transaction before its commit', async () => {
    const { stage } = internals
    vi.spyOn(internals, 'stage').mockImplementation(function (this: Internals, key, value) {
      stage.call(this, key, value)
      this.verbs.write(key, value)
    })
    expect((await explore(5000)).failed).toBe(true)
  })
})
