import { describe, expect, it } from 'vitest'
import type { Contender } from './contender.js'
import type { Measurement, TimedOperation } from './operation.js'
import { cellsOf, disagreementsIn, processorShare } from './results.js'
import type { Sample } from './rounds.js'

const sample = (round: number, contender: string, measurement: Measurement, operation = 'mixed'): Sample => ({
  round,
  contender,
  operation,
  measurement,
})
const contender = (name: string, eviction: Contender['eviction']): Contender => ({
  name,
  package: name,
  eviction,
  ttl: true,
  statistics: false,
})
const operation = (name: string, proof: number | undefined): TimedOperation => ({
  kind: 'timed',
  name,
  title: name,
  table: 'sync',
  keys: '12',
  proof,
  fits: () => true,
  prepare: () => ({ pass: () => undefined, proofPasses: 1, proof: () => 1 }),
})

describe('cellsOf', () => {
  it('compares within rounds, by the clock and in processor time', () => {
    const cells = cellsOf([
      sample(0, 'lru-cache', { ns: 100, cpuNs: 100, proof: 1 }),
      sample(0, 'other', { ns: 50, cpuNs: 25, proof: 1 }),
      sample(1, 'lru-cache', { ns: 300, cpuNs: 100, proof: 1 }),
      sample(1, 'other', { ns: 300, cpuNs: 50, proof: 1 }),
    ])
    expect(cells.mixed!.other!.ratio).toMatchObject({ median: 1.5, min: 1, max: 2, rounds: 2 })
    expect(cells.mixed!.other!.cpuRatio).toMatchObject({ median: 3, min: 2, max: 4 })
    expect(cells.mixed!['lru-cache']!.ratio).toMatchObject({ median: 1, min: 1, max: 1 })
    expect(cells.mixed!.other!.medians).toEqual({ ns: 175, cpuNs: 37.5, proof: 1 })
  })

  it('has medians but no ratio for what has no time, and takes the median of the rounds that have a number', () => {
    const cells = cellsOf([sample(0, 'other', { bytes: 60 }, 'memory'), sample(1, 'other', {}, 'memory')])
    expect(cells).toEqual({ memory: { other: { medians: { bytes: 60 } } } })
  })
})

describe('disagreementsIn', () => {
  const contenders = [contender('a', 'LRU'), contender('b', 'LRU'), contender('f', 'FIFO'), contender('q', 'W-TinyLFU')]

  it('finds caches of one exact policy whose hit ratios differ in a round, and leaves other policies alone', () => {
    const samples = [
      sample(0, 'a', { proof: 0.7 }),
      sample(0, 'b', { proof: 0.7 }),
      sample(0, 'f', { proof: 0.6 }),
      sample(0, 'q', { proof: 0.8 }),
      sample(1, 'a', { proof: 0.71 }),
      sample(1, 'b', { proof: 0.71 }),
    ]
    expect(disagreementsIn(samples, [operation('mixed', undefined)], contenders)).toEqual([])
    const wrong = [...samples.slice(0, 5), sample(1, 'b', { proof: 0.7100025 })]
    expect(disagreementsIn(wrong, [operation('mixed', undefined)], contenders)).toEqual([
      'mixed: b proves 0.7100025, not 0.71 of a',
    ])
  })

  it('finds an exact cache that misses a known proof, or has none', () => {
    const samples = [
      sample(0, 'a', { proof: 1 }, 'hit'),
      sample(0, 'b', {}, 'hit'),
      sample(0, 'f', { proof: 0.9 }, 'hit'),
      sample(0, 'q', { proof: 0.9 }, 'hit'),
    ]
    expect(disagreementsIn(samples, [operation('hit', 1)], contenders)).toEqual([
      'hit: b proves nothing in time, not 1',
      'hit: f proves 0.9, not 1',
    ])
  })
})

describe('processorShare', () => {
  it('is the median share of the clock in which a processor was had', () => {
    const samples = [0.5, 1, 0.9].map((share, round) => sample(round, 'a', { ns: 100, cpuNs: 100 * share }))
    expect(processorShare(samples)).toBe(0.9)
    expect(processorShare([sample(0, 'a', { bytes: 1 })])).toBeUndefined()
  })
})
