import { describe, expect, it } from 'vitest'
import type { ClusterState, NodeState } from '../../observe/cluster-observer.js'
import type { NodeRates } from '../../observe/node-history.js'
import { screenOf, sparkline } from './screen.js'

const interval = (over: Partial<NodeRates> = {}): NodeRates => ({
  ...{ at: 0, commands: 1500, hitRatio: 0.9, reads: 1000, evictions: 2, expirations: 0.5, memory: 5e6 },
  latency: { p50: 0.1, p95: 0.25, p99: 1.234 },
  ...over,
})
const node = (name: string, over: Partial<NodeState> = {}): NodeState => ({
  ...{ node: name, up: true, error: undefined, engine: 'mtaio 1.0.0', uptime: 7300, clients: 3, keys: 12_345 },
  ...{ memory: 5_000_000, maxMemory: 64e6, evictions: 9, expirations: 9, latency: { p50: 0.1, p95: 0.25, p99: 1.234 } },
  intervals: [interval()],
  ...over,
})
const state = (over: Partial<ClusterState> = {}): ClusterState => ({
  ...{ at: Date.UTC(2026, 0, 1, 12, 30, 5), interval: 1000, hotKeysError: undefined, advice: undefined },
  nodes: [
    node('a:5000'),
    node('b:5000', { intervals: [interval({ hitRatio: 0.5, reads: 3000 })] }),
    node('c:5000', { up: false, error: 'c:5000 is out of reach', intervals: [] }),
  ],
  hotKeys: [{ key: 'user:1', share: 0.25, error: 0 }],
  ...over,
})

describe('the screen of mtaio top', () => {
  it('shows the cluster, each node and the hot keys', () => {
    expect(screenOf(state(), { columns: 120, rows: 40, colors: false })).toEqual([
      'mtaio top  12:30:05 UTC  2 of 3 nodes up  q quits',
      '3K commands/s  hit ratio 60.0  24.7K keys  10.0 MB  4.0 evictions/s  1.0 expirations/s',
      'hit ratio  ▅',
      '',
      'node    engine       ops/s  hit %   keys             memory  evict/s  exp/s   p50   p95  p99 ms  up',
      'a:5000  mtaio 1.0.0   1.5K   90.0  12.3K  5.0 MB of 64.0 MB      2.0    0.5  0.10  0.25    1.23  2h',
      'b:5000  mtaio 1.0.0   1.5K   50.0  12.3K  5.0 MB of 64.0 MB      2.0    0.5  0.10  0.25    1.23  2h',
      'c:5000  down: c:5000 is out of reach',
      '',
      'hot keys, of the requests seen',
      '  25.0 %  user:1',
    ])
  })

  it('fits into the terminal', () => {
    const lines = screenOf(state(), { columns: 30, rows: 6, colors: false })
    expect(lines).toHaveLength(6)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(30)
    expect(lines[0]).toBe('mtaio top  12:30:05 UTC  2 of…')
  })

  it('marks nodes that are down, where there are colours', () => {
    const line = screenOf(state(), { columns: 120, rows: 40, colors: true })[7]!
    expect(line).toBe('\x1b[31mc:5000  down: c:5000 is out of reach\x1b[0m')
  })

  it('lets no key steer the terminal', () => {
    const hostile = state({ hotKeys: [{ key: '\x1b[2Jgone\n', share: 1, error: 0 }] })
    expect(screenOf(hostile, { columns: 120, rows: 40, colors: false }).at(-1)).toBe(' 100.0 %  \\u001b[2Jgone\\u000a')
  })

  it('says why there are no hot keys', () => {
    const last = (over: Partial<ClusterState>) =>
      screenOf(state(over), { columns: 120, rows: 40, colors: false }).at(-1)
    expect(last({ hotKeys: [] })).toBe('hot keys: none seen yet')
    expect(last({ hotKeys: [], hotKeysError: 'refused' })).toBe('hot keys: refused')
    expect(last({ hotKeys: undefined })).toBe('')
  })

  it('draws values as bars, the last ones where there are more than fit, with gaps', () => {
    expect(sparkline([0, 0.5, 1, undefined, 0.99], 10)).toBe('▁▅█ █')
    expect(sparkline([0, 0, 1, 1], 2)).toBe('██')
  })
})
