/** Contract: `getOrSetMany` loads what is absent in one call, shared and fenced key by key. */
import { CacheConfigError, CacheKeyError } from '@mtaio/exceptions'
import type { LoadManyContext } from '../../cache.js'
import { equal, rejects, rejectsWith } from './assert.js'
import { gatedLoad, othersHadTheirTurn } from './gated-load.js'
import type { Cases } from './subject.js'

export const loadingManyCases: Cases = {
  'getOrSetMany loads all absent keys in one call, stores them, and leaves out what the source lacks': async ({
    open,
  }) => {
    const { cache } = await open()
    await cache.set('b', 'cached')
    const asked: (readonly string[])[] = []
    const load = async (keys: readonly string[], { of }: LoadManyContext<unknown>) => {
      asked.push(keys)
      of('a').setTtl(10)
      return { a: 'loaded', c: null }
    }
    const found = await cache.getOrSetMany(['a', 'b', 'c', 'd', 'a'], load, { ttl: 100 })
    equal(
      [...found],
      [
        ['a', 'loaded'],
        ['b', 'cached'],
        ['c', null],
      ],
      'what was found, in order',
    )
    equal(asked, [['a', 'c', 'd']], 'the calls')
    equal(
      [...(await cache.getMany(['a', 'c', 'd']))],
      [
        ['a', 'loaded'],
        ['c', null],
        ['d', undefined],
      ],
      'what is cached',
    )
    equal(((await cache.ttl('a')) ?? 99) <= 10 && ((await cache.ttl('c')) ?? 0) > 10, true, 'TTLs of their own')
    equal((await cache.getOrSetMany([], load)).size, 0, 'no keys')
    equal(asked.length, 1, 'calls for no keys')
  },

  'getOrSetMany shares what overlapping calls have in common': async (stage) => {
    const { cache } = await stage.open()
    const one = gatedLoad()
    const single = cache.getOrSet('b', one.load)
    await one.started
    const asked: string[] = []
    // Held open, so that no call can come when the loads of the other are over.
    let open: () => void = () => undefined
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    const load = async (keys: readonly string[]) => {
      asked.push(...keys)
      await opened
      return new Map(keys.map((key) => [key, `many ${key}`]))
    }
    const both = [cache.getOrSetMany(['a', 'b'], load), cache.getOrSetMany(['b', 'a', 'c'], load)]
    await othersHadTheirTurn(cache, 'a')
    open()
    one.open('single b')
    equal(await single, 'single b', 'the single call')
    equal(
      [...(await both[0]!)],
      [
        ['a', 'many a'],
        ['b', 'single b'],
      ],
      'the first of many',
    )
    equal(
      [...(await both[1]!)],
      [
        ['b', 'single b'],
        ['a', 'many a'],
        ['c', 'many c'],
      ],
      'the second',
    )
    equal(asked.sort(), ['a', 'c'], 'each key was loaded once')
  },

  'getOrSetMany tells a failure to all, and stores nothing': async ({ open }) => {
    const { cache } = await open()
    const failure = new Error('the source is down')
    await rejectsWith(
      cache.getOrSetMany(['a', 'b'], () => Promise.reject(failure)),
      failure,
      'the call',
    )
    equal(
      [...(await cache.getMany(['a', 'b']))],
      [
        ['a', undefined],
        ['b', undefined],
      ],
      'what is cached',
    )
    await rejects(() => cache.getOrSetMany(['a'], undefined as never), CacheConfigError, 'no loader')
    await rejects(() => cache.getOrSetMany(['a', ''], () => ({})), CacheKeyError, 'a bad key')
  },

  'getOrSetMany never stores what was overtaken': async ({ open }) => {
    const { cache } = await open()
    let answer!: (value: Record<string, string>) => void
    let begun!: () => void
    const started = new Promise<void>((resolve) => {
      begun = resolve
    })
    const waiting = cache.getOrSetMany(['a', 'b'], () => {
      begun()
      return new Promise<Record<string, string>>((resolve) => {
        answer = resolve
      })
    })
    await started
    await cache.delete('a')
    answer({ a: 'old a', b: 'b' })
    equal(
      [...(await waiting)],
      [
        ['a', 'old a'],
        ['b', 'b'],
      ],
      'what the caller gets',
    )
    equal(
      [...(await cache.getMany(['a', 'b']))],
      [
        ['a', undefined],
        ['b', 'b'],
      ],
      'what is cached',
    )
  },
}
