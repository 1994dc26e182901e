/**
 * The contract of `SyncCache<T>`: the cases that every cache is asked, through promises around plain answers, and those that only a
 * synchronous one can be asked. Knows no test runner.
 */

import type { ContractCase } from './cache-contract.js'
import { AsyncFace } from './contract/async-face.js'
import { batchCases } from './contract/batches.js'
import { exactAgeCases, explanationCases, removalCases } from './contract/explanations.js'
import { invalidationCases } from './contract/invalidation.js'
import { iterationCases } from './contract/iteration.js'
import { keysAndValuesCases, richValuesCases } from './contract/keys-and-values.js'
import { lifecycleCases } from './contract/lifecycle.js'
import { namespaceCases } from './contract/namespaces.js'
import { readingCases } from './contract/reading.js'
import { exactItemsCases, statisticsCases, unknownItemsCases } from './contract/statistics.js'
import { exactTimeCases, storingCases } from './contract/storing.js'
import type { Cases, SyncCacheContractSubject, SyncCases, SyncContractFixture } from './contract/subject.js'
import { atOnceCases, syncLoadingCases, syncTransactionCases } from './contract/sync-only.js'
import { tagCases } from './contract/tags.js'
import { conflictCases, explicitTransactionCases } from './contract/transactions.js'

/** Cases in which something waits, which a synchronous cache does for nobody. Each has one of its own in place of it. */
const WAITS = /keeps no load of another key|a load under way is told of|run again unless asked|is not run again/

/**
 * The promises that every `SyncCache` keeps, one case each, as {@link cacheContract} has them for every `Cache`.
 *
 * @example
 * for (const { name, run } of syncCacheContract({
 *   create: (options) => {
 *     const clock = new ManualClock()
 *     return { cache: new TTLCache({ ...options, clock }).sync, advance: (ms) => clock.advance(ms) }
 *   },
 * })) test(name, run)
 */
export function syncCacheContract(subject: SyncCacheContractSubject): ContractCase[] {
  const { exactItems = true, richValues = true, removals = true } = subject.supports ?? {}
  const shared: Record<string, Cases> = {
    reading: readingCases,
    storing: { ...storingCases, ...exactTimeCases },
    'keys and values': { ...keysAndValuesCases, ...(richValues ? richValuesCases : {}) },
    batches: batchCases,
    iteration: iterationCases,
    namespaces: namespaceCases,
    tags: tagCases,
    invalidation: invalidationCases,
    explanations: { ...explanationCases, ...(removals ? { ...removalCases, ...exactAgeCases } : {}) },
    transactions: explicitTransactionCases,
    conflicts: conflictCases,
    statistics: { ...statisticsCases, ...(exactItems ? exactItemsCases : unknownItemsCases) },
    lifecycle: lifecycleCases,
  }
  const own: Record<string, SyncCases> = {
    'at once': atOnceCases,
    'loading at once': syncLoadingCases,
    'transactions at once': syncTransactionCases,
  }
  return [
    ...named(shared, (check) => onAsyncStage(subject, check)).filter(({ name }) => !WAITS.test(name)),
    ...named(own, async (check) => onStage(subject, check)),
  ]
}

function named<Check>(
  themes: Readonly<Record<string, Readonly<Record<string, Check>>>>,
  run: (check: Check) => Promise<void>,
): ContractCase[] {
  return Object.entries(themes).flatMap(([theme, cases]) =>
    Object.entries(cases).map(([behaviour, check]) => ({ name: `${theme}: ${behaviour}`, run: () => run(check) })),
  )
}

async function onAsyncStage(subject: SyncCacheContractSubject, check: Cases[string]): Promise<void> {
  const opened: SyncContractFixture[] = []
  try {
    await check({
      open: async (options) => {
        const fixture = subject.create(options)
        opened.push(fixture)
        return { cache: new AsyncFace(fixture.cache), advance: (ms) => fixture.advance(ms) }
      },
    })
  } finally {
    for (const { cache } of opened) cache[Symbol.dispose]()
  }
}

function onStage(subject: SyncCacheContractSubject, check: SyncCases[string]): void {
  const opened: SyncContractFixture[] = []
  try {
    check({
      open: (options) => {
        const fixture = subject.create(options)
        opened.push(fixture)
        return fixture
      },
      advance: (ms) => {
        for (const { advance } of opened) advance(ms)
      },
    })
  } finally {
    for (const { cache } of opened) cache[Symbol.dispose]()
  }
}
