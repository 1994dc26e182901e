import { describe, expect, it } from 'vitest'
import { digits, reportOf } from './report.js'
import type { Results } from './results.js'

const spread = (median: number) => ({ median, min: median / 2, max: median * 2, q1: median, q3: median, rounds: 3 })
const results: Results = {
  node: 'v20.0.0',
  v8: '11',
  arch: 'x64',
  rounds: 3,
  seed: 1,
  seasoned: true,
  processorShare: 0.5,
  reference: 'lru-cache',
  contenders: [
    { name: 'lru-cache', package: 'lru-cache', version: '11.0.0', eviction: 'LRU', ttl: true, statistics: false },
    { name: 'Map', eviction: 'FIFO', ttl: false, statistics: false, note: 'the limit' },
  ],
  operations: [
    { name: 'mixed', title: 'mixed', kind: 'timed', table: 'sync', keys: '12' },
    { name: 'async-get', title: 'await get', kind: 'timed', table: 'async', keys: '12' },
    { name: 'memory', title: 'memory', kind: 'lone', table: 'memory', keys: '12', columns: { bytes: 'bytes/entry' } },
  ],
  cells: {
    mixed: {
      'lru-cache': { ratio: spread(1), cpuRatio: spread(1), medians: { ns: 61.4, cpuNs: 60, proof: 0.71944 } },
      Map: { ratio: spread(2), cpuRatio: spread(3), medians: { ns: 30, cpuNs: 20, proof: 0.6832 } },
    },
    memory: { Map: { medians: { bytes: 29.36 } } },
  },
  disagreements: [],
}

describe('reportOf', () => {
  it('shows ratios with their range, the reference in nanoseconds, and a dash for what is absent', () => {
    const report = reportOf(results, 'wall')
    expect(report).toContain('| lru-cache |      1 (61.4 ns) |')
    expect(report).toContain('| Map       | 2.00 (1.00–4.00) |')
    expect(report).toContain('| Map  |        29.4 |')
    expect(report).toContain('| Map       | 68.32 % |')
    expect(report).toContain('had a processor for 50.0 % of their time')
    expect(report).not.toContain('Through promises')
    expect(report).not.toContain('Disagreements')
  })

  it('shows processor time when it is asked for, and what disagrees', () => {
    const report = reportOf({ ...results, processorShare: 1, disagreements: ['mixed: b proves 1'] }, 'cpu')
    expect(report).toContain('| Map       | 3.00 (1.50–6.00) |')
    expect(report).toContain('in processor time')
    expect(report).toContain('- mixed: b proves 1')
    expect(report).not.toContain('busy')
  })
})

describe('digits', () => {
  it('keeps three that count', () => {
    expect([0.0412, 0.1, 1.624, 53.42, 612.3, 12_345, 0, -3.456].map(digits)).toEqual([
      '0.041',
      '0.10',
      '1.62',
      '53.4',
      '612',
      '12345',
      '0',
      '-3.46',
    ])
  })
})
