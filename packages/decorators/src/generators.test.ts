/** Async generators and results that are used up by their reader. */
import { TTLCache } from '@mtaio/core'
import { ManualClock } from '@mtaio/core/testing'
import { CacheClosedError, CacheConfigError, CacheLoadError, CacheValueError } from '@mtaio/exceptions'
import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { withCache } from './index.js'

let clock: ManualClock
let cache: TTLCache<unknown>
let runs: number
let ended: string[]

beforeEach(() => {
  clock = new ManualClock()
  cache = new TTLCache<unknown>({ clock })
  runs = 0
  ended = []
})

/** A generator that yields only when it is told to. */
function stepped() {
  const steps: (() => void)[] = []
  const step = async () => {
    for (let turn = 0; steps.length === 0 && turn < 50; turn++) await Promise.resolve()
    steps.shift()?.()
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
  }
  const rows = withCache(cache, { ttl: '1m' })(async function* rows(table: string, count = 3) {
    runs++
    try {
      for (let row = 0; row < count; row++) {
        await new Promise<void>((resolve) => steps.push(resolve))
        yield `${table}${row}`
      }
      ended.push('done')
    } finally {
      ended.push('closed')
    }
  })
  return { rows, step }
}

const numbers = (most = 3, options = {}) =>
  withCache(
    cache,
    options,
  )(async function* numbers(from: number) {
    runs++
    for (let number = from; number < from + most; number++) yield number
  })

const collect = async <Y>(items: AsyncIterable<Y>): Promise<Y[]> => {
  const all: Y[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('a wrapped async generator', () => {
  it('keeps its types, name and length', async () => {
    const cached = numbers()
    expectTypeOf(cached(1)).toEqualTypeOf<AsyncGenerator<number, void, unknown>>()
    expectTypeOf(cached.refresh(1)).toEqualTypeOf<Promise<number[]>>()
    expect([cached.name, cached.length]).toEqual(['numbers', 1])
    withCache(new TTLCache<string>())(
      // @ts-expect-error: a cache of strings keeps no lists
      async function* other() {
        yield 'a'
      },
    )
    withCache(new TTLCache<readonly string[]>())(async function* texts() {
      yield 'a'
    })
    withCache(new TTLCache<string[]>())(
      // @ts-expect-error: a list of strings has no numbers
      async function* more() {
        yield 1
      },
    )
  })

  it('runs once for equal arguments, and yields what it yielded', async () => {
    const cached = numbers()
    expect(await collect(cached(1))).toEqual([1, 2, 3])
    expect(await collect(cached(1))).toEqual([1, 2, 3])
    expect(await collect(cached(7))).toEqual([7, 8, 9])
    expect(runs).toBe(2)
    expect(await cache.get(cached.keyOf(1))).toEqual([1, 2, 3])
  })

  it('does nothing before its first item is asked for', async () => {
    const items = numbers()(1)
    await Promise.resolve()
    expect(runs).toBe(0)
    await items.return(undefined)
    expect(runs).toBe(0)
  })

  it('hands on items as they come', async () => {
    const { rows, step } = stepped()
    const items = rows('t')
    const first = items.next()
    await step()
    expect(await first).toEqual({ done: false, value: 't0' })
    expect(ended).toEqual([])
    const second = items.next()
    await step()
    expect(await second).toEqual({ done: false, value: 't1' })
    await step()
    expect(await collect(items)).toEqual(['t2'])
    expect(ended).toEqual(['done', 'closed'])
  })

  it('is run once for readers at the same moment', async () => {
    const { rows, step } = stepped()
    const both = Promise.all([collect(rows('t')), collect(rows('t'))])
    for (let row = 0; row < 3; row++) await step()
    expect(await both).toEqual([
      ['t0', 't1', 't2'],
      ['t0', 't1', 't2'],
    ])
    expect(runs).toBe(1)
  })

  it('is ended, and nothing stored, when its only reader leaves', async () => {
    const { rows, step } = stepped()
    const reading = (async () => {
      for await (const row of rows('t')) return row
    })()
    await step()
    expect(await reading).toBe('t0')
    await step()
    expect(ended).toEqual(['closed'])
    expect(await cache.has(rows.keyOf('t'))).toBe(false)
  })

  it('goes on for the others when the reader whose call ran it leaves', async () => {
    const { rows, step } = stepped()
    const leaving = (async () => {
      for await (const row of rows('t')) return row
    })()
    await Promise.resolve()
    const staying = collect(rows('t'))
    await step()
    expect(await leaving).toBe('t0')
    await step()
    await step()
    expect(await staying).toEqual(['t0', 't1', 't2'])
    expect([runs, ended]).toEqual([1, ['done', 'closed']])
  })

  it('is ended by `await using`', async () => {
    const { rows, step } = stepped()
    const reading = (async () => {
      await using items = rows('t')
      return (await items.next()).value
    })()
    await step()
    expect(await reading).toBe('t0')
    await step()
    expect(ended).toEqual(['closed'])
  })

  it('hands on a failure where it comes, and stores nothing', async () => {
    const failing = withCache(cache)(async function* failing() {
      runs++
      yield 1
      throw new Error('no more')
    })
    const seen: number[] = []
    const reading = (async () => {
      for await (const item of failing()) seen.push(item)
    })()
    await expect(reading).rejects.toThrow('no more')
    expect(seen).toEqual([1])
    await expect(collect(failing())).rejects.toThrow('no more')
    expect(runs).toBe(2)
  })

  it('that fails at once is answered by the stale items that `staleIfError` allows', async () => {
    let works = true
    const flaky = withCache(cache, { ttl: 10, staleIfError: 60 })(async function* flaky() {
      if (!works) throw new Error('down')
      yield 'a'
      yield 'b'
    })
    expect(await collect(flaky())).toEqual(['a', 'b'])
    works = false
    clock.advance(20_000)
    expect(await collect(flaky())).toEqual(['a', 'b'])
    clock.advance(60_000)
    await expect(collect(flaky())).rejects.toThrow('down')
  })

  it('tells its reader that a timeout is over, in the midst of items, too', async () => {
    const { step } = stepped()
    const slow = withCache(cache, { namespace: 'slow', timeout: 1 })(async function* slow() {
      yield 1
      await new Promise(() => undefined)
    })
    const items = slow()
    expect(await items.next()).toEqual({ done: false, value: 1 })
    const next = items.next()
    const told = expect(next).rejects.toThrow(CacheLoadError)
    await step()
    clock.advance(2000)
    await told
  })

  it('is not kept after an invalidation while it ran', async () => {
    const { rows, step } = stepped()
    const reading = collect(rows('t'))
    await step()
    await rows.invalidate('t')
    await step()
    await step()
    expect(await reading).toEqual(['t0', 't1', 't2'])
    expect(await cache.has(rows.keyOf('t'))).toBe(false)
  })

  it('yields no more than maxItems, and says so', async () => {
    const endless = withCache(cache, { maxItems: 5 })(async function* endless() {
      try {
        for (let item = 0; ; item++) yield item
      } finally {
        ended.push('closed')
      }
    })
    await expect(collect(endless())).rejects.toThrow(CacheValueError)
    await expect(collect(endless())).rejects.toThrow(/more than 5 items.* raise maxItems/)
    expect(ended).toEqual(['closed', 'closed'])
    expect(() => withCache(cache, { maxItems: 0 })).toThrow(CacheConfigError)
    expect(await collect(numbers(3, { maxItems: 3 })(1))).toEqual([1, 2, 3])
  })

  it('heeds `when`, `unless` and tags', async () => {
    const cached = numbers(2, { when: (from: number) => from > 0, unless: (all: number[]) => all.includes(5) })
    await collect(cached(0))
    await collect(cached(0))
    await collect(cached(5))
    expect([...cache.sync.keys()]).toEqual([])
    const tagged = withCache(cache, { namespace: 'tagged', tags: () => ['t'] })(async function* () {
      yield ++runs
    })
    expect([await collect(tagged()), await collect(tagged())]).toEqual([[4], [4]])
    await cache.deleteByTag('t')
    expect(await collect(tagged())).toEqual([5])
  })

  it('is refreshed as a list, and one reader of a result cannot change what the next one gets', async () => {
    const cached = numbers()
    expect(await cached.refresh(1)).toEqual([1, 2, 3])
    await collect(cached(1))
    expect(await cached.refresh(1)).toEqual([1, 2, 3])
    expect(runs).toBe(2)
  })

  it('must be asynchronous', () => {
    const wrap = () =>
      withCache(cache)(function* sync() {
        yield 1
      })
    expect(wrap).toThrow(CacheConfigError)
    expect(wrap).toThrow(/cannot keep what a generator yields.*return a list, or make it an async generator/)
  })
})

describe('a result that its reader uses up', () => {
  class Handle {
    closed = false
    async [Symbol.asyncDispose]() {
      this.closed = true
    }
  }

  it('is handed to one caller only, also of several at the same moment', async () => {
    const open = withCache(cache)(async function open(_path: string) {
      runs++
      await Promise.resolve()
      return new Handle()
    })
    const [one, other] = await Promise.all([open('a'), open('a')])
    expect(one).not.toBe(other)
    await one[Symbol.asyncDispose]()
    expect(other.closed).toBe(false)
    expect(await open('a')).not.toBe(other)
    expect([...cache.sync.keys()]).toEqual([])
    expect(await Promise.all([open.refresh('a'), open.refresh('a')])).toHaveLength(2)
    expect(runs).toBe(5)
  })

  it.each([
    ['a disposable', () => ({ [Symbol.dispose]() {} })],
    ['an iterator', () => [1][Symbol.iterator]()],
    ['an async iterator', () => (async function* () {})()],
  ])('is not stored: %s', async (_what, make) => {
    const cached = withCache(cache, { namespace: 'n' })(async () => make())
    await cached()
    expect([...cache.sync.keys()]).toEqual([])
  })

  it.each([
    ['a list', [1]],
    ['a Map', new Map([[1, 2]])],
    ['an object with a property called next', { next: 'page' }],
  ])('is none of these: %s', async (_what, value) => {
    const cached = withCache(cache, { namespace: 'n' })(async () => value)
    await cached()
    expect(await cache.get(cached.keyOf())).toBe(value)
  })
})

it('a wrapped function over a disposed cache says so, and does not run', async () => {
  const disposed = new TTLCache<unknown>()
  const cached = withCache(disposed)(async function work() {
    runs++
  })
  await disposed[Symbol.asyncDispose]()
  await expect(cached()).rejects.toThrow(CacheClosedError)
  expect(runs).toBe(0)
})
