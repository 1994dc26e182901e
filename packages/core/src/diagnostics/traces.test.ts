import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import { CacheConfigError } from '@mtaio/exceptions'
import { afterEach, describe, expect, it } from 'vitest'
import { TTLCache } from '../ttl-cache.js'
import type { CacheTrace } from './traces.js'

type Told = [event: string, trace: CacheTrace & { result?: unknown; error?: unknown }]

const undo: (() => void)[] = []
afterEach(() => {
  for (const call of undo.splice(0)) call()
})

/** Everything that is published under a name from now on. */
function listen(name: string): Told[] {
  const told: Told[] = []
  const handlers = Object.fromEntries(
    ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((event) => [
      event,
      (trace: unknown) => told.push([event, { ...(trace as CacheTrace) }]),
    ]),
  ) as never
  const channel = tracingChannel(name)
  channel.subscribe(handlers)
  undo.push(() => channel.unsubscribe(handlers))
  return told
}

const events = (told: Told[]) => told.map(([event]) => event)

describe('tracing', () => {
  it('tells of a read: from its call to its answer, by name and template and not by key', async () => {
    const told = listen('mtaio.get')
    const cache = new TTLCache<string>({ name: 'users' })
    await cache.set('user:1', 'v')
    expect(await cache.get('user:1')).toBe('v')
    expect(events(told)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
    expect(told[0]![1]).toEqual({
      cache: 'users',
      namespace: '',
      operation: 'get',
      isSync: false,
      key: 'user:*',
      keys: 1,
    })
    expect(told[3]![1]).toMatchObject({ isHit: true, result: 'v' })
    told.length = 0
    expect(await cache.namespace('a').namespace('b').get('absent', 'default')).toBe('default')
    expect(told[3]![1]).toMatchObject({ namespace: 'a/b', key: '*', isHit: false, result: 'default' })
    told.length = 0
    await expect(cache.get(5 as never)).rejects.toThrow()
    expect(events(told)).toContain('error')
    expect(told[0]![1].key).toBe('*')
  })

  it('tells of each run of a loader once, however many wait, and of its failure', async () => {
    const [loads, reads] = [listen('mtaio.load'), listen('mtaio.get')]
    const cache = new TTLCache<string>({ keyTemplate: (key) => key.slice(0, 1), load: async () => 'fetched' })
    await Promise.all([1, 2, 3].map(() => cache.getOrSet('key', async () => 'v')))
    expect(events(loads)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
    expect(loads[3]![1]).toEqual({
      cache: 'cache',
      namespace: '',
      operation: 'load',
      isSync: false,
      key: 'k',
      keys: 1,
      result: 'v',
    })
    expect(events(reads).filter((event) => event === 'asyncEnd')).toHaveLength(3)
    loads.length = 0
    await cache.getOrSet('key', async () => 'not run')
    expect(loads).toEqual([])
    const down = new Error('down')
    await expect(cache.getOrSet('other', () => Promise.reject(down))).rejects.toBe(down)
    expect(events(loads)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
    expect(loads[2]![1].error).toBe(down)
    loads.length = 0
    expect(await cache.fetch('x')).toBe('fetched')
    await cache.getOrSetMany(['y', 'z'], async (keys) => keys.map((key) => [key, 'many'] as const))
    expect(
      loads.filter(([event]) => event === 'asyncEnd').map(([, trace]) => [trace.operation, trace.key, trace.keys]),
    ).toEqual([
      ['load', 'x', 1],
      ['loadMany', undefined, 2],
    ])
  })

  const everything = (): Told[][] => ['mtaio.get', 'mtaio.set', 'mtaio.delete', 'mtaio.load'].map(listen)
  /** Whose last events tell what, of all that was published: each call once. */
  const ends = (told: Told[][], last: string) =>
    told.map((each) =>
      each
        .filter(([event]) => event === last)
        .map(([, { cache, namespace, isSync, result, ...trace }]) => [...Object.values(trace), result]),
    )

  it('tells of each call of the asynchronous face once, and of each of the synchronous one, by what they are about', async () => {
    for (const isSync of [false, true]) {
      const told = everything()
      const cache = new TTLCache<number>()
      const face = (isSync ? cache.sync : cache) as TTLCache<number>
      await face.set('user:1', 1, { tags: ['group:9'] })
      await face.setMany({ 'user:2': 2, 'user:3': 3 })
      await face.touch('user:1')
      expect(await face.getMany(['user:1', 'user:2', 'absent'], 0)).toEqual(
        new Map([
          ['user:1', 1],
          ['user:2', 2],
          ['absent', 0],
        ]),
      )
      await face.getOrThrow('user:1')
      await face.getOrSet('user:4', () => 4)
      await face.getOrSet('user:4', () => 5)
      await face.delete('user:2')
      await face.deleteMany(['user:2', 'user:3'])
      await face.deleteByTag('group:9')
      await face.deleteByTags(['a', 'b'])
      await face.expireByTag('group:9')
      await face.deleteByPrefix('user:')
      await face.clear()
      // Nothing is told of what is counted nowhere.
      await face.has('user:1')
      await face.peek('user:1')
      await face.ttl('user:1')
      const last = isSync ? 'end' : 'asyncEnd'
      const [reads, writes, deletes, loads] = ends(told, last)
      expect(reads).toEqual([
        ['getMany', 3, 2, expect.any(Map)],
        ['get', 'user:*', 1, true, 1],
        ['getOrSet', 'user:*', 1, false, 4],
        ['getOrSet', 'user:*', 1, true, 4],
      ])
      expect(writes).toEqual([
        ['set', 'user:*', 1, undefined],
        ['setMany', 2, undefined],
        ['touch', 'user:*', 1, true],
      ])
      expect(deletes).toEqual([
        ['delete', 'user:*', 1, true],
        ['deleteMany', 2, 1],
        ['deleteByTag', 'group:*', undefined],
        ['deleteByTags', undefined],
        ['expireByTag', 'group:*', undefined],
        ['deleteByPrefix', 'user:*', undefined],
        ['clear', undefined],
      ])
      expect(loads).toEqual([['load', 'user:*', 1, 4]])
      const all = told.flat()
      expect(all.every(([, trace]) => trace.isSync === isSync)).toBe(true)
      if (isSync)
        expect(all.map(([event]) => event).filter((event) => event !== 'start' && event !== 'end')).toEqual([])
      for (const call of undo.splice(0)) call()
    }
  })

  it('answers what it answers unwatched, falsy values included', async () => {
    everything()
    const cache = new TTLCache<unknown>()
    for (const value of [null, 0, '', false, Number.NaN]) {
      cache.sync.set('k', value)
      expect([cache.sync.get('k', 'default'), await cache.get('k', 'default')]).toEqual([value, value])
      expect([...cache.sync.getMany(['k'], 1).values(), ...(await cache.getMany(['k'], 1)).values()]).toEqual([
        value,
        value,
      ])
    }
  })

  it('tells of failures of both faces, which reach the caller as ever', async () => {
    const told = everything()
    const cache = new TTLCache<number>()
    for (const fails of [
      () => cache.sync.get(''),
      () => cache.sync.set('k', undefined as never),
      () => cache.sync.deleteByPrefix(''),
      () => cache.sync.setMany([['k', undefined as never]]),
    ]) {
      expect(fails).toThrow()
    }
    await expect(cache.set('', 1)).rejects.toThrow()
    await expect(cache.deleteByTag('')).rejects.toThrow()
    await expect(cache.getMany(5 as never)).rejects.toThrow()
    const errors = told.map((each) => each.filter(([event]) => event === 'error').map(([, trace]) => trace.operation))
    expect(errors).toEqual([['get', 'getMany'], ['set', 'setMany', 'set'], ['deleteByPrefix', 'deleteByTag'], []])
  })

  it('carries a store of the subscriber through the load, as tracers need it', async () => {
    const spans = new AsyncLocalStorage<string>()
    const { start } = tracingChannel('mtaio.load')
    start.bindStore(spans, () => 'the span')
    undo.push(() => start.unbindStore(spans))
    const cache = new TTLCache<string | undefined>()
    expect(
      await cache.getOrSet('k', async () => {
        await undefined
        return spans.getStore()
      }),
    ).toBe('the span')
    expect(spans.getStore()).toBeUndefined()
  })

  it('changes nothing for the caller, also when a template throws, and asks for none where nobody listens', async () => {
    let asked = 0
    const keyTemplate = () => {
      asked++
      throw new Error('mine')
    }
    const cache = new TTLCache<string>({ keyTemplate })
    await cache.getOrSet('k', () => 'v')
    expect(asked).toBe(0)
    const told = listen('mtaio.get')
    expect(await cache.get('k')).toBe('v')
    expect(told[0]![1].key).toBe('*')
    await expect(cache.getOrSet('k2', 5 as never)).rejects.toThrow(CacheConfigError)
    for (const options of [{ name: '' }, { name: 5 }, { keyTemplate: 'x' }]) {
      expect(() => new TTLCache(options as never)).toThrow(CacheConfigError)
    }
  })
})

describe('tracing of transactions', () => {
  const CHANNELS = ['mtaio.get', 'mtaio.set', 'mtaio.delete', 'mtaio.transaction']
  const told: (CacheTrace & { error?: unknown })[] = []
  const listening = () => {
    told.length = 0
    for (const name of CHANNELS) {
      const end = (trace: unknown) => {
        if ((trace as CacheTrace).isSync) told.push({ ...(trace as CacheTrace) })
      }
      const asyncEnd = (trace: unknown) => told.push({ ...(trace as CacheTrace) })
      const handlers = { start: () => undefined, asyncStart: () => undefined, error: () => undefined, end, asyncEnd }
      const channel = tracingChannel(name)
      channel.subscribe(handlers)
      undo.push(() => channel.unsubscribe(handlers))
    }
  }
  const said = () =>
    told.map(({ operation, key, keys, isHit, hits, attempts }) => [operation, key, keys, isHit ?? hits ?? attempts])

  it('tells of what is done inside, of the commit, and of the whole with its attempts, by templates', async () => {
    const cache = new TTLCache<number>({ name: 'carts' })
    await cache.setMany({ 'cart:1': 1, 'cart:2': 2 })
    listening()
    let runs = 0
    const answer = await cache.namespace('eu').transaction(
      async (txn) => {
        await txn.get('cart:1', 0)
        if (++runs === 1) cache.sync.namespace('eu').set('cart:1', 5)
        await txn.set('cart:2', 2)
        await txn.setMany(new Map([['cart:3', 3]]))
        await txn.setMany({ 'cart:4': 4, 'cart:5': 5 })
        await txn.getMany(['cart:1', 'cart:2', 'absent'])
        await txn.touch('cart:2')
        await txn.has('cart:9')
        return txn.delete('cart:4')
      },
      { retries: 1 },
    )
    expect(answer).toBe(true)
    const inside = (hits: number) => [
      ['set', 'cart:*', 1, undefined],
      ['setMany', undefined, 1, undefined],
      ['setMany', undefined, 2, undefined],
      ['getMany', undefined, 3, hits],
      ['touch', 'cart:*', 1, undefined],
      ['delete', 'cart:*', 1, undefined],
      ['commit', undefined, 7, undefined],
    ]
    expect(said()).toEqual([
      ['get', 'cart:*', 1, false],
      // Of the other, who comes in between.
      ['set', 'cart:*', 1, undefined],
      ...inside(1),
      ['get', 'cart:*', 1, true],
      ...inside(2),
      ['transaction', undefined, undefined, 2],
    ])
    expect(told.filter(({ error }) => error !== undefined)).toMatchObject([
      { operation: 'commit', error: { code: 'CONFLICT' } },
    ])
    expect(told.every(({ cache, namespace }) => cache === 'carts' && namespace === 'eu')).toBe(true)
  })

  it('tells of those that are opened, of rollbacks once, and of synchronous ones', async () => {
    const cache = new TTLCache<number>()
    listening()
    const txn = cache.transaction()
    expect(await txn.get('k', 7)).toBe(7)
    expect([...(await txn.getMany(['k'], 7)).values()]).toEqual([7])
    await txn[Symbol.asyncDispose]()
    await txn.rollback()
    await expect(txn.set('k', 1)).rejects.toThrow('has ended')
    {
      using open = cache.sync.transaction()
      open.set('user:1', 1)
      expect(open.get('user:1')).toBe(1)
      open.commit()
    }
    expect(cache.sync.transaction((txn) => txn.getMany(['user:1', 'absent'], 0))).toEqual(
      new Map([
        ['user:1', 1],
        ['absent', 0],
      ]),
    )
    await expect(cache.transaction(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    expect(said()).toEqual([
      ['get', '*', 1, false],
      ['getMany', undefined, 1, 0],
      ['rollback', undefined, undefined, undefined],
      ['set', '*', 1, undefined],
      ['set', 'user:*', 1, undefined],
      ['get', 'user:*', 1, true],
      ['commit', undefined, 1, undefined],
      ['getMany', undefined, 2, 1],
      ['commit', undefined, 2, undefined],
      ['transaction', undefined, undefined, 1],
      ['rollback', undefined, undefined, undefined],
      ['transaction', undefined, undefined, 1],
    ])
    expect(told.map(({ isSync }) => isSync)).toEqual([...Array(4).fill(false), ...Array(6).fill(true), false, false])
  })
})
