/** What simulated histories broke on, as scenarios by hand; see docs/simulation.md. */
import { CacheConnectionError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NODES, settle, simulate } from '../../test-support/simulated-clients.js'
import type { DistributedView } from '../client/distributed-view.js'
import { encodeEnvelope } from '../record/envelope.js'
import { ACCEPT, APPLY, PREPARE } from '../record/group-scripts.js'
import { compareVersions, makeVersion } from '../record/version.js'
import { VersionClock } from '../record/version-clock.js'
import { tombstoneOf } from '../record/wire-record.js'
import { AntiEntropy } from './anti-entropy.js'
import { fillVersion } from './fill-version.js'
import { HintedHandoff } from './hinted-handoff.js'

const MAJORITY = { replicationFactor: 3, readQuorum: 2, quorum: 'strict' } as const

describe('what simulation found', () => {
  it('a clear kills what was written after the invalidation of a tag, whoever wrote that with whatever clock', async () => {
    const { client } = simulate()
    const ahead = client({ skew: 25_000 })
    const behind = client({ skew: -25_000 })
    await ahead.cache.deleteByTag('tag')
    await ahead.cache.set('key', 'value')
    await behind.cache.clear()
    expect(await ahead.cache.get('key')).toBe(undefined)
    expect(await behind.cache.get('key')).toBe(undefined)
  })

  it('a clear kills what was written in the millisecond in which another client invalidated a tag', async () => {
    const { client } = simulate()
    const [first, second] = [client(), client()]
    await first.cache.deleteByTag('tag')
    await first.cache.set('key', 'before')
    expect(await second.cache.get('key')).toBe('before')
    // One step ahead of what the second has met; it goes there, too.
    await first.cache.deleteByTag('tag')
    await first.cache.set('key', 'after')
    await second.cache.clear()
    expect(await first.cache.get('key')).toBe(undefined)
  })

  it('a load that began before a write is stored nowhere above it, also where that write has not arrived', async () => {
    const { network, client } = simulate(MAJORITY)
    const { cache, placed } = client({ skew: 60_000 })
    const behind = client({ skew: -60_000 }).cache
    const [, , third] = placed('key') as [string, string, string]
    let load!: (value: string) => void
    const loaded = cache.getOrSet('key', () => new Promise<string>((resolve) => (load = resolve)))
    await settle()
    network.setFault(third, 'down')
    await behind.set('key', 'written meanwhile')
    network.setFault(third, undefined)
    load('loaded')
    await loaded
    await settle()
    expect(await behind.get('key')).toBe('written meanwhile')
    network.setFault(placed('key')[0]!, 'down')
    expect(await behind.get('key')).toBe('written meanwhile')
  })

  it.each([true, false])(
    'a transaction that others finished is acknowledged only once a write quorum has it',
    async (isBack) => {
      const { network, client, clock } = simulate({ quorum: 'strict' })
      const { cache, placed } = client()
      const [first, second] = placed('{t}key') as [string, string]
      const send = network.send.bind(network)
      let accepted = 0
      let prepared = 0
      network.send = async (node, command, options) => {
        // Its first decision is taken, and nobody tells; it is finished by the second ballot, and found by the third.
        const [, script] = command
        if (script === PREPARE.sha1 && node === first && ++prepared === 3 && !isBack) network.setFault(second, 'down')
        const isOfGroup = script === PREPARE.sha1 || script === ACCEPT.sha1 || script === APPLY.sha1
        if (node === second && isOfGroup) throw new CacheConnectionError('busy', { node, code: 'BUSY' })
        const reply = await send(node, command, options)
        if (script === ACCEPT.sha1 && ++accepted <= 2) throw new CacheConnectionError('lost', { node })
        return reply
      }
      const committed = cache.transaction((txn) => txn.set('{t}key', 'value'), { retries: 0 })
      const outcome = committed.then(
        () => 'committed',
        (error) => error.code,
      )
      await settle()
      await clock.advance(2000)
      expect(await outcome).toBe(isBack ? 'committed' : 'UNKNOWN_OUTCOME')
      expect(prepared).toBeGreaterThan(2)
      const held = network.execute(second, ['GET', 'test:{t}key'])
      expect(held instanceof Uint8Array).toBe(isBack)
    },
  )

  it('law: a fill is newer than what was dead, and older than what a client draws who has seen that', () => {
    const clocks = fc.integer({ min: 0, max: 2_000_000 })
    const version = fc
      .tuple(clocks, fc.nat(3), fc.nat(5), fc.nat(0xfe))
      .map(([time, counter, writer, edition]) => makeVersion(1e12 + time, counter, writer, edition))
    fc.assert(
      fc.property(
        version,
        clocks,
        clocks,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (dead, mine, theirs, random) => {
          fc.pre(Math.abs(mine - theirs) < 600_000)
          const own = new VersionClock({ wallNow: () => 1e12 + mine, writer: 9 })
          own.observe(dead)
          const fill = fillVersion(dead, own.next(), random)
          const other = new VersionClock({ wallNow: () => 1e12 + theirs, writer: 0 })
          other.observe(dead)
          expect(compareVersions(fill, dead)).toBeGreaterThan(0)
          // A clock that meets what is dead goes past it; nothing is further ahead of another than ten minutes.
          if (Math.abs(timeApart(dead, mine)) < 600_000) expect(compareVersions(fill, other.next())).toBeLessThan(0)
        },
      ),
    )
  })

  it('a hint is not replaced by that of an older write, which hung for longer', async () => {
    const hints = new HintedHandoff({ maxHints: 10, maxBytes: 1000 }, () => 0)
    const write = (time: number) => ({
      key: 'key',
      envelope: encodeEnvelope(tombstoneOf(makeVersion(time, 0, 1), 0), 'key'),
      forgetAt: time,
      registers: [],
    })
    hints.keep('node', write(2))
    hints.keep('node', write(1))
    const sent: number[] = []
    await hints.replay('node', async ({ forgetAt }) => sent.push(forgetAt))
    expect(sent).toEqual([2])
  })

  it('a node that hung while another stood in for it is not read from before it has the write', async () => {
    const { clock, network, client } = simulate()
    const { cache, placed } = client()
    const [first] = placed('key') as [string]
    await cache.set('key', 'old')
    network.setFault(first, 'silent')
    const written = cache.set('key', 'new')
    for (let step = 0; step < 10; step++) {
      clock.advance(50)
      await settle()
    }
    await written
    network.setFault(first, undefined)
    expect(await cache.get('key')).toBe('new')
  })

  it.each<[string, (cache: DistributedView<unknown>) => Promise<unknown>]>([
    ['clear', (cache) => cache.clear()],
    ['deleteByTag', (cache) => cache.deleteByTag('tag')],
    ['deleteByPrefix', (cache) => cache.deleteByPrefix('k')],
  ])('a node that was away for a moment, and missed a %s, is not read from before it is told', async (_, remove) => {
    const { network, client, events } = simulate()
    const { cache, placed } = client()
    const [first] = placed('key') as [string]
    await cache.set('key', 'value', { tags: ['tag'] })
    network.setFault(first, 'down')
    await remove(cache)
    network.setFault(first, undefined)
    expect(await cache.get('key')).toBe(undefined)
    // Too few calls have failed to give it up, so it was not welcomed back, either.
    expect(events).toEqual([])
  })

  it.each([false, true])(
    'a node that missed a deletion is not believed where it answers before one that did not (by tag: %s)',
    async (isByTag) => {
      const { clock, network, client } = simulate()
      const { cache, cluster, placed } = client()
      const [first, second] = placed('key') as [string, string]
      await cache.set('key', 'value', { tags: ['tag'] })
      network.setFault(first, 'down')
      await (isByTag ? cache.deleteByTag('tag') : cache.delete('key'))
      network.setFault(first, undefined)
      // It is not told for as long as this takes.
      cluster.hints.replay = async () => 0
      let slow = 1
      network.delay = (node) => (node === second ? slow : 1)
      const read = async () => {
        const value = cache.get('key')
        for (let step = 0; step < 50; step++) {
          clock.advance(2)
          await settle(50)
        }
        return value
      }
      for (let reads = 0; reads < 30; reads++) expect(await read()).toBe(undefined)
      network.log.length = 0
      slow = 20
      expect(await read()).toBe(undefined)
      expect(network.log).toContain(`${first} MGET`)
    },
  )

  it('a stand-in is not read in place of a replica that is slower, for it may hold what was written before', async () => {
    const { clock, network, client } = simulate()
    const { cache, cluster, placed } = client()
    const [first, second, third] = placed('key') as [string, string, string]
    let slow = 0
    network.delay = (node) => (node === second ? slow : 0)
    const done = async <R>(call: Promise<R>) => {
      for (let step = 0; step < 400; step++) {
        clock.advance(2)
        await settle(50)
      }
      return call
    }
    network.setFault(first, 'silent')
    await done(cache.set('key', 'old'))
    expect(network.execute(third, ['GET', 'test:key'])).not.toBe(null)
    network.setFault(first, undefined)
    await done(cache.set('key', 'new'))
    network.setFault(first, 'down')
    for (let read = 0; read < 3; read++) await done(cache.get('key'))
    expect(cluster.isUp(first)).toBe(false)
    // What it takes to know who is slow.
    for (let asked = 0; asked < 5; asked++) await cluster.ask(third, () => cluster.verbs.ping(third, cluster.budget()))
    slow = 5
    for (let read = 0; read < 40; read++) expect(await done(cache.get('key'))).toBe('new')
    // Nor is it believed where it is asked beside one that takes longer than it did.
    network.log.length = 0
    slow = 50
    expect(await done(cache.get('key'))).toBe('new')
    expect(network.log).toContain(`${third} MGET`)
  })

  it('a list of prefixes that cannot be had is asked for elsewhere, and nothing is taken for removed for want of it', async () => {
    const { network, client } = simulate(MAJORITY)
    const writer = client()
    await writer.cache.set('key', 'value')
    await writer.cache.deleteByPrefix('other:')
    const silent = new Set([writer.placed('key')[0]!])
    const send = network.send.bind(network)
    network.send = async (node, command, options) => {
      if (silent.has(node) && command.includes('!prefixes:test'))
        throw new CacheConnectionError('busy', { node, code: 'BUSY' })
      return send(node, command, options)
    }
    expect(await client().cache.get('key')).toBe('value')
    for (const node of NODES) silent.add(node)
    await expect(client().cache.get('key')).rejects.toMatchObject({ code: 'QUORUM' })
  })

  it('a node that is removed while it is welcomed back is not up again, and is rebuilt by nobody', async () => {
    const { clock, network, client, events } = simulate()
    const { cache, cluster, placed } = client()
    const [node] = placed('key') as [string]
    network.setFault(node, 'down')
    for (let i = 0; i < 3; i++) await cache.set('key', i)
    expect(events).toEqual([`${node} down`])
    network.setFault(node, undefined)
    network.onCommand = (to, name) => {
      if (to === node && name === 'PING') cluster.dismiss(node)
    }
    for (let step = 0; step < 40; step++) {
      clock.advance(500)
      await settle(50)
    }
    expect(events).toEqual([`${node} down`])
    expect(network.log.filter((line) => line === `${node} PING`)).toHaveLength(1)
    await new AntiEntropy(cluster, 'test', 'client', () => undefined).returned(node)
  })

  it('a linearizable write has one version, so that it takes effect once', async () => {
    const { network, client } = simulate({ replicationFactor: 3, consistency: 'linearizable' })
    const ahead = client({ skew: 30_000 }).cache
    const behind = client({ skew: -30_000 }).cache
    await ahead.set('key', 'first')
    network.log.length = 0
    await behind.set('key', 'second')
    await settle()
    expect(network.log.filter((line) => line.endsWith('EVALSHA'))).toHaveLength(3)
    expect(await ahead.get('key')).toBe('second')
  })
})

function timeApart(version: Uint8Array, clock: number): number {
  let time = 0
  for (const byte of version.subarray(0, 6)) time = time * 256 + byte
  return time - 1e12 - clock
}
