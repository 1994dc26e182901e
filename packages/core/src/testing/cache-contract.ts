/** The contract of `Cache<T>` as cases that any implementation can run, under any test runner. Knows none of either. */
import { batchCases } from './contract/batches.js'
import { exactAgeCases, explanationCases, removalCases } from './contract/explanations.js'
import { invalidationCases, softExpiryCases } from './contract/invalidation.js'
import { iterationCases } from './contract/iteration.js'
import { keysAndValuesCases, richValuesCases } from './contract/keys-and-values.js'
import { lifecycleCases } from './contract/lifecycle.js'
import { abortCases, fenceCases, loadingCases } from './contract/loading.js'
import { loadingManyCases } from './contract/loading-many.js'
import { namespaceCases } from './contract/namespaces.js'
import { readingCases } from './contract/reading.js'
import { exactItemsCases, statisticsCases, unknownItemsCases } from './contract/statistics.js'
import { exactTimeCases, storingCases } from './contract/storing.js'
import type { CacheContractSubject, Cases, ContractFixture, ContractSupport } from './contract/subject.js'
import { tagCases } from './contract/tags.js'
import { conflictCases, explicitTransactionCases, transactionCases } from './contract/transactions.js'

/** One promise of the contract, ready to be run. */
export interface ContractCase {
  /** Theme and sentence of behaviour. */
  readonly name: string
  /** Resolves when the promise is kept, else rejects with what was expected and what came. Disposes what it made. */
  run(): Promise<void>
}

/**
 * The promises that every `Cache` keeps, one case each. Cases are independent, make their own caches, never sleep and
 * move time by the subject's `advance` only.
 *
 * @example
 * for (const { name, run } of cacheContract({
 *   create: async (options) => {
 *     const clock = new ManualClock()
 *     return { cache: new MyCache({ ...options, clock }), advance: (ms) => clock.advance(ms) }
 *   },
 * })) test(name, run)
 */
export function cacheContract(subject: CacheContractSubject): ContractCase[] {
  return Object.entries(themesFor(subject.supports ?? {})).flatMap(([theme, cases]) =>
    Object.entries(cases).map(([behaviour, check]) => ({
      name: `${theme}: ${behaviour}`,
      run: () => onStage(subject, check),
    })),
  )
}

function themesFor(supports: ContractSupport): Record<string, Cases> {
  const { exactItems = true, exactTime = true, richValues = true, staleValues = true } = supports
  const { removals = true } = supports
  return {
    reading: readingCases,
    storing: { ...storingCases, ...(exactTime ? exactTimeCases : {}) },
    'keys and values': { ...keysAndValuesCases, ...(richValues ? richValuesCases : {}) },
    batches: batchCases,
    iteration: iterationCases,
    namespaces: namespaceCases,
    tags: tagCases,
    invalidation: { ...invalidationCases, ...(staleValues ? softExpiryCases : {}) },
    explanations: {
      ...explanationCases,
      ...(removals ? removalCases : {}),
      ...(removals && exactTime ? exactAgeCases : {}),
    },
    loading: loadingCases,
    'loading many': loadingManyCases,
    'fenced loads': fenceCases,
    'aborted loads': abortCases,
    transactions: { ...transactionCases, ...explicitTransactionCases },
    conflicts: conflictCases,
    statistics: { ...statisticsCases, ...(exactItems ? exactItemsCases : unknownItemsCases) },
    lifecycle: lifecycleCases,
  }
}

async function onStage(subject: CacheContractSubject, check: Cases[string]): Promise<void> {
  const opened: ContractFixture[] = []
  try {
    await check({
      open: async (options) => {
        const fixture = await subject.create(options)
        opened.push(fixture)
        return fixture
      },
    })
  } finally {
    for (const { cache } of opened) await cache[Symbol.asyncDispose]()
  }
}
