/** From samples to what is kept: ratios with their spread, numbers with their medians, and what does not agree. */
import { type Spread, speedRatios, spreadOf } from '../measure/ratios.js'
import { type Contender, EXACT_EVICTIONS } from './contender.js'
import type { Operation } from './operation.js'
import type { Sample } from './rounds.js'

/** Everybody's ratio is to this one. */
export const REFERENCE = 'lru-cache'

export interface DescribedContender {
  readonly name: string
  readonly package?: string
  readonly version?: string
  readonly eviction: string
  readonly ttl: boolean
  readonly statistics: boolean
  readonly note?: string
}

export interface DescribedOperation {
  readonly name: string
  readonly title: string
  /** `lone` operations have numbers of their own, by the names of their columns. */
  readonly kind: 'timed' | 'lone'
  readonly table: string
  readonly keys: string
  readonly columns?: Readonly<Record<string, string>>
}

export interface Cell {
  /** Of a timed operation: how many times as fast as the reference, by the clock and in processor time. */
  readonly ratio?: Spread
  readonly cpuRatio?: Spread
  /** Medians over the rounds. `ns`, `cpuNs`, `proof`, or a lone operation's numbers. */
  readonly medians: Readonly<Record<string, number>>
}

/** The file that is written. */
export interface Results {
  readonly node: string
  readonly v8: string
  readonly arch: string
  readonly rounds: number
  readonly seed: number
  readonly seasoned: boolean
  /** See `processorShare`. */
  readonly processorShare?: number
  readonly reference: string
  readonly contenders: readonly DescribedContender[]
  readonly operations: readonly DescribedOperation[]
  /** By operation, then by contender. */
  readonly cells: Readonly<Record<string, Readonly<Record<string, Cell>>>>
  /** Caches that did not do what their policy says, so that their times mean nothing. */
  readonly disagreements: readonly string[]
}

/** Cells by operation and contender. An operation that nobody took part in has none. */
export function cellsOf(samples: readonly Sample[]): Record<string, Record<string, Cell>> {
  const cells: Record<string, Record<string, Cell>> = {}
  for (const [operation, ofOperation] of groupedBy(samples, (sample) => sample.operation)) {
    const byContender = groupedBy(ofOperation, (sample) => sample.contender)
    const reference = byContender.get(REFERENCE) ?? []
    cells[operation] = {}
    for (const [contender, own] of byContender) {
      const ratio = speedRatios(timesOf(reference, 'ns'), timesOf(own, 'ns'))
      const cpuRatio = speedRatios(timesOf(reference, 'cpuNs'), timesOf(own, 'cpuNs'))
      cells[operation]![contender] = {
        ...(ratio && { ratio: roundedSpread(ratio) }),
        ...(cpuRatio && { cpuRatio: roundedSpread(cpuRatio) }),
        medians: mediansOf(own),
      }
    }
  }
  return cells
}

/**
 * Where caches disagree although their policies leave no choice: an operation with a known proof that a contender
 * missed, or two caches of one exact policy with different hit ratios on the same requests.
 */
export function disagreementsIn(
  samples: readonly Sample[],
  operations: readonly Operation[],
  contenders: readonly Contender[],
): string[] {
  const policyOf = new Map(contenders.map((contender) => [contender.name, contender.eviction]))
  const found = new Set<string>()
  for (const operation of operations) {
    if (operation.kind !== 'timed') continue
    const exact = samples.filter(
      (sample) => sample.operation === operation.name && EXACT_EVICTIONS.has(policyOf.get(sample.contender)!),
    )
    for (const [, peers] of groupedBy(exact, (sample) => `${sample.round} ${policyOf.get(sample.contender)}`)) {
      const expected = operation.proof ?? peers[0]!.measurement.proof
      for (const { contender, measurement } of peers) {
        if (Math.abs((measurement.proof ?? Number.NaN) - (expected ?? Number.NaN)) < 1e-9) continue
        const other = operation.proof === undefined ? `${expected} of ${peers[0]!.contender}` : `${expected}`
        found.add(`${operation.name}: ${contender} proves ${measurement.proof ?? 'nothing in time'}, not ${other}`)
      }
    }
  }
  return [...found]
}

export function describeOperation(operation: Operation): DescribedOperation {
  const { name, title, kind } = operation
  return kind === 'timed'
    ? { name, title, kind, table: operation.table, keys: operation.keys }
    : { name, title, kind, table: name, keys: '12', columns: operation.columns }
}

/**
 * How much of the time the measured processes had a processor: about 1, or more where the collector worked beside
 * them. Well below 1, other processes were in the way, and times by the clock say little.
 */
export function processorShare(samples: readonly Sample[]): number | undefined {
  const shares = samples.flatMap(({ measurement: { ns, cpuNs } }) =>
    ns === undefined || cpuNs === undefined ? [] : cpuNs / ns,
  )
  const spread = spreadOf(shares)
  return spread && rounded(spread.median)
}

function timesOf(samples: readonly Sample[], time: 'ns' | 'cpuNs'): Map<number, number> {
  const times = new Map<number, number>()
  for (const { round, measurement } of samples) {
    if (measurement[time] !== undefined) times.set(round, measurement[time])
  }
  return times
}

function mediansOf(samples: readonly Sample[]): Record<string, number> {
  const names = [...new Set(samples.flatMap(({ measurement }) => Object.keys(measurement)))]
  return Object.fromEntries(
    names.map((name) => {
      const numbers = samples.flatMap(({ measurement }) => measurement[name] ?? [])
      return [name, rounded(spreadOf(numbers)!.median)]
    }),
  )
}

function roundedSpread(spread: Spread): Spread {
  const { median, min, max, q1, q3, rounds } = spread
  return { median: rounded(median), min: rounded(min), max: rounded(max), q1: rounded(q1), q3: rounded(q3), rounds }
}

/** To five digits: more are noise, and would make every run a change of every line. */
function rounded(value: number): number {
  return Number(value.toPrecision(5))
}

function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
