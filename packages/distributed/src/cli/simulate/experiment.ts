/** Policies against sizes over one trace: the figures that tables, charts and JSON show. */
import type { EvictionPolicy } from '@mtaio/policies'
import { Optimum, type Requests, type Simulation, simulate, totalWeight } from '@mtaio/policies/simulator'
import type { Size } from './sizes.js'

/** The name of the row that no policy has. */
export const OPTIMUM = 'optimum'

export interface Experiment {
  readonly trace: string
  readonly requests: number
  readonly uniqueKeys: number
  /** What one entry of each key weighs together, where entries are weighed. */
  readonly totalWeight?: number
  /** The hit ratio of a cache that keeps everything. */
  readonly ceiling: number
  /** Whether the optimum is one, or an approximation. */
  readonly isOptimumExact: boolean
  readonly sizes: readonly { readonly size: string; readonly capacity: number }[]
  /** A row for each policy, the optimum last; in each a result for each size. */
  readonly rows: readonly { readonly policy: string; readonly results: readonly Simulation[] }[]
}

/** Is told what runs, and how much of the whole is done, from 0 to 1. */
export type ExperimentProgress = (what: string, share: number) => void

export function experiment(
  trace: string,
  requests: Requests,
  policies: readonly EvictionPolicy[],
  wanted: readonly Size[],
  onProgress?: ExperimentProgress,
): Experiment {
  const whole = totalWeight(requests)
  const sizes = wanted.map((size) => ({ size: size.text, capacity: size.capacityOf(whole) }))
  const length = requests.ids.length
  const steps = (policies.length + 1) * sizes.length
  let step = 0
  const row = (policy: string, run: (capacity: number, told: (done: number) => void) => Simulation) => ({
    policy,
    results: sizes.map(({ size, capacity }) => {
      const result = run(capacity, (done) => onProgress?.(`${policy}, ${size}`, (step + done / length) / steps))
      step++
      return result
    }),
  })
  const rows = policies.map((policy) =>
    row(policy, (capacity, onProgress) => simulate(requests, { policy, capacity, onProgress })),
  )
  const optimum = new Optimum(requests)
  rows.push(row(OPTIMUM, (capacity, told) => optimum.at(capacity, told)))
  const uniqueKeys = requests.hashes.length
  return {
    ...{ trace, requests: length, uniqueKeys, ceiling: 1 - uniqueKeys / length },
    ...(requests.weights === undefined ? {} : { totalWeight: whole }),
    ...{ isOptimumExact: optimum.isExact, sizes, rows },
  }
}
