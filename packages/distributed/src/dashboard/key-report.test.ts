/** What is said of a key is what a reader of the same nodes is told. */
import { describe, expect, it } from 'vitest'
import { NODES, simulate } from '../../test-support/simulated-clients.js'
import { encodeMembers, settledOn } from '../membership/members.js'
import { Placement } from '../placement/placement.js'
import { encodeEnvelope } from '../record/envelope.js'
import { tombstoneOf } from '../record/wire-record.js'
import { reportOfKey } from './key-report.js'

describe('the report of a key', () => {
  const stage = () => {
    const { clock, network, client } = simulate({ replicationFactor: 2 })
    const { cache, cluster, placed } = client()
    const parts = { nodes: NODES, transport: network, clock, wallNow: cluster.parts.wallNow }
    const report = () => reportOfKey(parts, { namespace: 'test', replicationFactor: 2 }, [], 'user:1')
    return { cache, clock, cluster, network, parts, placed, report }
  }

  it('names the nodes in placement order, and what each holds', async () => {
    const { cache, placed, report } = stage()
    expect((await report()).summary).toBe('No node holds it.')
    await cache.set('user:1', 'Ada', 60)
    const { physical, nodes, summary } = await report()
    expect(physical).toBe('test:user:1')
    expect(nodes.map(({ node, place, holds }) => [node, place, holds])).toEqual([
      [placed('user:1')[0], 'replica 1', 'a value'],
      [placed('user:1')[1], 'replica 2', 'a value'],
      [placed('user:1')[2], 'stand-in', 'nothing'],
    ])
    expect(nodes[0]).toMatchObject({ ttl: 60, version: nodes[1]!.version })
    expect(summary).toBe('The newest version lies on 2 nodes: readers find it.')
  })

  it.each([
    ['delete', (cache: Cache) => cache.delete('user:1'), /it was deleted/, undefined],
    ['clear', (cache: Cache) => cache.clear(), /older than a clear: readers find nothing/, undefined],
    [
      'deleteByTag',
      (cache: Cache) => cache.deleteByTag('tag'),
      /its tag 'tag' was invalidated: readers find nothing/,
      undefined,
    ],
    ['expireByTag', (cache: Cache) => cache.expireByTag('tag'), /only who allows stale values finds it/, undefined],
    [
      'its own prefix',
      (cache: Cache) => cache.deleteByPrefix('user:'),
      /what begins with 'user:' was removed: readers find nothing/,
      undefined,
    ],
    // It must not say of a key that readers find nothing because others were removed.
    ['another prefix', (cache: Cache) => cache.deleteByPrefix('order:'), /readers find it/, 'Ada'],
    ['another tag', (cache: Cache) => cache.deleteByTag('other'), /readers find it/, 'Ada'],
  ])('says what a reader is told after %s', async (_what, overrule, says, read) => {
    const { cache, report } = stage()
    await cache.set('user:1', 'Ada', { ttl: 60, tags: ['tag'] })
    await overrule(cache)
    expect((await report()).summary).toMatch(says)
    expect(await cache.get('user:1')).toBe(read)
  })

  it('places by the weights it is told of, and by those that the nodes know of once there are any', async () => {
    const { network, parts, cluster } = stage()
    const placed = [
      { id: NODES[0]!, weight: 1 },
      { id: NODES[1]!, weight: 1000 },
      { id: NODES[2]!, weight: 1 },
    ]
    const keys = Array.from({ length: 40 }, (_, i) => `key${i}`)
    const firsts = async (more: object) => {
      const options = { namespace: 'test', replicationFactor: 1, ...more }
      const reports = await Promise.all(keys.map((key) => reportOfKey(parts, options, [], key)))
      return reports.map(({ nodes }) => nodes[0]!.node)
    }
    expect(await firsts({ placed })).toEqual(keys.map((key) => new Placement(placed).order(key)[0]))
    const heavy = [
      { id: NODES[2]!, weight: 1000 },
      { id: NODES[0]!, weight: 1 },
    ]
    const version = cluster.parts.versions.next()
    const record = { ...tombstoneOf(version, 0), tombstone: false, payload: encodeMembers(settledOn(heavy, 1)) }
    network.execute(NODES[1]!, ['SET', '!members:test', encodeEnvelope(record, '!members:test')])
    const now = await firsts({ placed })
    expect(now).toEqual(keys.map((key) => new Placement(heavy).order(key)[0]))
    expect(now.filter((node) => node === NODES[2]).length).toBeGreaterThan(30)
    expect(await firsts({ placed, followsMembers: false })).not.toEqual(now)
  })

  it('knows no more than the nodes: what they have forgotten, and who does not answer', async () => {
    const { cache, clock, network, placed, report } = stage()
    await cache.set('user:1', 'Ada', 60)
    clock.advance(60_000)
    expect((await report()).summary).toBe('No node holds it.')
    network.setFault(placed('user:1')[0]!, 'down')
    expect((await report()).nodes[0]).toMatchObject({
      holds: 'unknown',
      error: expect.stringContaining('out of reach'),
    })
  })
})

type Cache = ReturnType<ReturnType<typeof simulate>['client']>['cache']
