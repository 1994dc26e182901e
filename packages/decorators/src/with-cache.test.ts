import { TTLCache } from '@mtaio/core'
import { ManualClock } from '@mtaio/core/testing'
import { CacheConfigError, CacheKeyError, CacheValueError } from '@mtaio/exceptions'
import { beforeEach, describe, expect, it } from 'vitest'
import { withCache } from './index.js'

let clock: ManualClock
let cache: TTLCache<unknown>
let calls: unknown[][]

beforeEach(() => {
  clock = new ManualClock()
  cache = new TTLCache<unknown>({ clock })
  calls = []
})

const find = () =>
  async function find(...args: unknown[]): Promise<unknown> {
    calls.push(args)
    return `${args.join('+')} #${calls.length}`
  }

/** A promise to be settled by hand. */
function gate<T = void>() {
  let open!: (value: T) => void
  let fail!: (error: unknown) => void
  const opened = new Promise<T>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { opened, open, fail }
}

/** Lets everything that can go on go on. */
const settle = async () => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
}

describe('a wrapped function', () => {
  it('runs once for equal arguments, and once more for others', async () => {
    const cached = withCache(cache)(find())
    expect(await cached('a', { x: 1, y: 2 })).toBe('a+[object Object] #1')
    expect(await cached('a', { y: 2, x: 1 })).toBe('a+[object Object] #1')
    expect(await cached('a')).toBe('a #2')
    expect(calls).toHaveLength(2)
  })

  it('keeps name, length and `this`', async () => {
    const cached = withCache(cache, { key: () => 'k' })(async function sum(
      this: { base: number },
      a: number,
      _b: number,
    ) {
      return this.base + a
    })
    expect([cached.name, cached.length]).toEqual(['sum', 2])
    expect(await cached.call({ base: 10 }, 1, 2)).toBe(11)
  })

  it('keeps the function as `original`', () => {
    const original = find()
    expect(withCache(cache)(original).original).toBe(original)
  })

  it('answers a promise where the function was synchronous', async () => {
    const cached = withCache(cache)(function double(x: number) {
      calls.push([x])
      return x * 2
    })
    expect(cached(2)).toBeInstanceOf(Promise)
    expect(await cached(2)).toBe(4)
    expect(calls).toHaveLength(1)
  })

  it.each([null, 0, '', false, Number.NaN])('caches the result %s, which is a value', async (result) => {
    const cached = withCache(cache)(async function value() {
      calls.push([])
      return result
    })
    expect(await cached()).toBe(result)
    expect(await cached()).toBe(result)
    expect(calls).toHaveLength(1)
  })

  it('returns undefined without caching it', async () => {
    const cached = withCache(cache)(async function nothing(): Promise<unknown> {
      calls.push([])
      return undefined
    })
    expect(await cached()).toBeUndefined()
    expect(await cached()).toBeUndefined()
    expect(calls).toHaveLength(2)
    expect(await cache.has(cached.keyOf())).toBe(false)
  })

  it('keeps results under its name and the encoded arguments', async () => {
    const cached = withCache(cache)(find())
    await cached('a', 1)
    expect(cached.keyOf('a', 1)).toBe('find:2;s1:an1;')
    expect([...cache.sync.keys()]).toEqual(['find:2;s1:an1;'])
  })

  it('expires with the cache, and with its own ttl', async () => {
    const cached = withCache(cache, { ttl: '10s' })(find())
    await cached('a')
    clock.advance(9_999)
    await cached('a')
    expect(calls).toHaveLength(1)
    clock.advance(1)
    await cached('a')
    expect(calls).toHaveLength(2)
  })

  it('hands on what the function threw, and does not cache it', async () => {
    const failure = new Error('no')
    const cached = withCache(cache)(async function fails() {
      calls.push([])
      throw failure
    })
    await expect(cached()).rejects.toBe(failure)
    await expect(cached()).rejects.toBe(failure)
    expect(calls).toHaveLength(2)
  })

  it('rejects, and does not throw, where a synchronous function throws', async () => {
    const cached = withCache(cache)(function fails(): number {
      throw new RangeError('no')
    })
    await expect(cached()).rejects.toThrow(RangeError)
  })

  it('rejects an argument that cannot be encoded, and does not run', async () => {
    const cached = withCache(cache)(find())
    await expect(cached(() => 1)).rejects.toThrow(CacheKeyError)
    expect(calls).toEqual([])
  })

  it('works over a namespace of a cache', async () => {
    const view = cache.namespace('users')
    const cached = withCache(view)(find())
    await cached('a')
    await cached('a')
    expect(calls).toHaveLength(1)
    expect(await cache.has(cached.keyOf('a'))).toBe(false)
    expect(await view.has(cached.keyOf('a'))).toBe(true)
  })
})

describe('callers at the same moment', () => {
  it('share one run, and its result', async () => {
    const { opened, open } = gate<string>()
    const cached = withCache(cache)(function slow(_id: string) {
      calls.push([])
      return opened
    })
    const answers = [cached('a'), cached('a'), cached('a')]
    open('value')
    expect(await Promise.all(answers)).toEqual(['value', 'value', 'value'])
    expect(calls).toHaveLength(1)
  })

  it('share its failure', async () => {
    const { opened, fail } = gate<string>()
    const cached = withCache(cache)(function slow() {
      calls.push([])
      return opened
    })
    const answers = Promise.allSettled([cached(), cached()])
    const failure = new Error('no')
    fail(failure)
    expect(await answers).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'rejected', reason: failure },
    ])
    expect(calls).toHaveLength(1)
  })

  it('share a result that is not cached', async () => {
    const { opened, open } = gate<unknown>()
    const cached = withCache(cache, { unless: (result) => result === 'bad' })(function slow() {
      calls.push([])
      return opened
    })
    const answers = [cached(), cached()]
    open('bad')
    expect(await Promise.all(answers)).toEqual(['bad', 'bad'])
    expect(calls).toHaveLength(1)
    await cached()
    expect(calls).toHaveLength(2)
  })

  it('do not get, after an invalidation, what was loading before it; nor is that cached', async () => {
    const gates = [gate<string>(), gate<string>()]
    const cached = withCache(cache)(function slow() {
      return gates[calls.push([]) - 1]!.opened
    })
    const before = cached()
    await settle()
    await cached.invalidate()
    const after = cached()
    gates[1]!.open('new')
    gates[0]!.open('old')
    expect([await before, await after]).toEqual(['old', 'new'])
    expect(await cached()).toBe('new')
    expect(calls).toHaveLength(2)
  })
})

describe('key', () => {
  it('is used as it is, after the namespace', async () => {
    const cached = withCache(cache, { key: (id: unknown) => `id-${id}` })(find())
    expect(cached.keyOf('7', 'ignored')).toBe('find:id-7')
    await cached('7', () => 'a function does not matter now')
    await cached('7', 'else')
    expect(calls).toHaveLength(1)
  })

  it.each(['', undefined, 7])('that returns %j is refused', async (answer) => {
    const cached = withCache(cache, { key: () => answer as string })(find())
    expect(() => cached.keyOf()).toThrow(CacheKeyError)
    await expect(cached()).rejects.toThrow(/key must return a non-empty string/)
    expect(calls).toEqual([])
  })
})

describe('tags', () => {
  it('are stored with the result, and remove it', async () => {
    const cached = withCache(cache, { tags: (id: unknown) => [`user:${id}`, 'users'] })(find())
    await cached(1)
    await cached(2)
    await cache.deleteByTag('user:1')
    await cached(1)
    await cached(2)
    expect(calls).toEqual([[1], [2], [1]])
    await cache.deleteByTag('users')
    await cached(2)
    expect(calls).toHaveLength(4)
  })

  it('that are deleted while the function runs keep its result out', async () => {
    const { opened, open } = gate<string>()
    const cached = withCache(cache, { tags: () => ['users'] })(function slow() {
      return opened
    })
    const answer = cached()
    await settle()
    await cache.deleteByTag('users')
    open('old')
    expect(await answer).toBe('old')
    expect(await cache.has(cached.keyOf())).toBe(false)
  })

  it('out of contract are refused, and the function does not run', async () => {
    const cached = withCache(cache, { tags: () => [''] })(find())
    await expect(cached()).rejects.toThrow(CacheConfigError)
    expect(calls).toEqual([])
  })
})

describe('when', () => {
  it('sends a call past the cache', async () => {
    const cached = withCache(cache, { when: (id: unknown) => id !== 'admin' })(find())
    await cached('admin')
    await cached('admin')
    await cached('guest')
    await cached('guest')
    expect(calls).toEqual([['admin'], ['admin'], ['guest']])
    expect([...cache.sync.keys()]).toEqual([cached.keyOf('guest')])
  })

  it('that answers a promise is refused', async () => {
    const cached = withCache(cache, { when: (async () => true) as unknown as () => boolean })(find())
    await expect(cached()).rejects.toThrow(/when returned a promise/)
  })
})

describe('unless', () => {
  it('returns a result without caching it', async () => {
    const cached = withCache(cache, { unless: (result) => String(result).startsWith('bad') })(find())
    expect(await cached('bad')).toBe('bad #1')
    expect(await cached('bad')).toBe('bad #2')
    expect(await cached('good')).toBe('good #3')
    expect(await cached('good')).toBe('good #3')
  })

  it('counts what is not cached as a load, which it was, and tells no listener of an error', async () => {
    const errors: unknown[] = []
    cache.on('error', (error) => errors.push(error))
    const cached = withCache(cache, { unless: () => true })(find())
    await cached('a')
    const { loads, loadFailures, sets } = cache.getStats()
    expect({ loads, loadFailures, sets, errors }).toEqual({ loads: 1, loadFailures: 0, sets: 0, errors: [] })
  })

  it('that answers a promise, or throws, fails the call', async () => {
    const promised = withCache(cache, { unless: (async () => true) as unknown as () => boolean, namespace: 'a' })(
      find(),
    )
    await expect(promised()).rejects.toThrow(/unless returned a promise/)
    const thrown = withCache(cache, {
      unless: () => {
        throw new RangeError('no')
      },
      namespace: 'b',
    })(find())
    await expect(thrown()).rejects.toThrow(RangeError)
  })
})

describe('invalidate', () => {
  it('removes one result, and says whether it was there', async () => {
    const cached = withCache(cache)(find())
    await cached('a')
    await cached('b')
    expect(await cached.invalidate('a')).toBe(true)
    expect(await cached.invalidate('a')).toBe(false)
    await cached('a')
    await cached('b')
    expect(calls).toEqual([['a'], ['b'], ['a']])
  })
})

describe('refresh', () => {
  it('runs the function and stores its result, whatever is there', async () => {
    const cached = withCache(cache, { ttl: 10, tags: () => ['t'] })(find())
    expect(await cached.refresh('a')).toBe('a #1')
    clock.advance(9_000)
    expect(await cached.refresh('a')).toBe('a #2')
    expect(await cache.ttl(cached.keyOf('a'))).toBe(10)
    clock.advance(9_000)
    expect(await cached('a')).toBe('a #2')
    await cache.deleteByTag('t')
    expect(await cached('a')).toBe('a #3')
  })

  it('serves the old result meanwhile, and keeps it when the function fails', async () => {
    const gates = [gate<string>(), gate<string>()]
    gates[0]!.open('old')
    const cached = withCache(cache)(function slow() {
      return gates[calls.push([]) - 1]!.opened
    })
    await cached()
    const refreshed = cached.refresh()
    await settle()
    expect(await cached()).toBe('old')
    gates[1]!.fail(new Error('no'))
    await expect(refreshed).rejects.toThrow('no')
    expect(await cached()).toBe('old')
    expect(calls).toHaveLength(2)
  })

  it('is run once for callers at the same moment', async () => {
    const cached = withCache(cache)(find())
    await cached('a')
    expect(await Promise.all([cached.refresh('a'), cached.refresh('a')])).toEqual(['a #2', 'a #2'])
    expect(await cached.refresh('a')).toBe('a #3')
  })

  it('does not store over what was invalidated, or set, meanwhile', async () => {
    const gates = [gate<string>(), gate<string>(), gate<string>()]
    gates[0]!.open('first')
    const cached = withCache(cache)(function slow() {
      return gates[calls.push([]) - 1]!.opened
    })
    await cached()
    const overtaken = cached.refresh()
    await settle()
    await cached.invalidate()
    gates[1]!.open('second')
    expect(await overtaken).toBe('second')
    expect(await cache.has(cached.keyOf())).toBe(false)

    await cache.set(cached.keyOf(), 'third')
    const overwritten = cached.refresh()
    await settle()
    await cache.set(cached.keyOf(), 'fourth')
    gates[2]!.open('late')
    expect(await overwritten).toBe('late')
    expect(await cached()).toBe('fourth')
  })

  it('does not join a run that began before it', async () => {
    const gates = [gate<string>(), gate<string>()]
    const cached = withCache(cache)(function slow() {
      return gates[calls.push([]) - 1]!.opened
    })
    const before = cached()
    await settle()
    const refreshed = cached.refresh()
    await settle()
    gates[1]!.open('new')
    gates[0]!.open('old')
    expect([await before, await refreshed, await cached()]).toEqual(['old', 'new', 'new'])
  })

  it('removes the old result when the new one is not to be cached', async () => {
    let result: unknown = 'good'
    const cached = withCache(cache, { unless: (value) => value === 'bad' })(async function value() {
      return result
    })
    for (result of ['bad', undefined]) {
      await cache.set(cached.keyOf(), 'good')
      expect(await cached.refresh()).toBe(result)
      expect(await cache.has(cached.keyOf())).toBe(false)
    }
  })

  it('leaves the cache alone where `when` does', async () => {
    const cached = withCache(cache, { when: () => false })(find())
    await cache.set(cached.keyOf('a'), 'there')
    expect(await cached.refresh('a')).toBe('a #1')
    expect(await cache.get(cached.keyOf('a'))).toBe('there')
  })
})

describe('a namespace', () => {
  it('stands before the key', () => {
    expect(withCache(cache, { namespace: 'users/v2' })(find()).keyOf(1)).toBe('users/v2:1;n1;')
  })

  it('given to two functions shares their results', async () => {
    const one = withCache(cache, { namespace: 'shared' })(find())
    const other = withCache(cache, { namespace: 'shared' })(find())
    expect([await one('a'), await other('a')]).toEqual(['a #1', 'a #1'])
  })

  it('is asked for where a function has no name', () => {
    const attempt = () => withCache(cache)(async () => 1)
    expect(attempt).toThrow(CacheConfigError)
    expect(attempt).toThrow(/an anonymous function .* pass `namespace`/)
    expect(withCache(cache, { namespace: 'n' })(async () => 1).keyOf()).toBe('n:0;')
  })

  it('is asked for where another function of the same name uses the cache', () => {
    withCache(cache)(find())
    expect(() => withCache(cache)(find())).toThrow(CacheConfigError)
    expect(() => withCache(cache)(find())).toThrow(/another function .* 'find'.*pass `namespace`/)
    withCache(new TTLCache<unknown>())(find())
    withCache(cache.namespace('else'))(find())
  })

  it('is not asked for where the same function is wrapped twice', async () => {
    const original = find()
    expect(await withCache(cache)(original)('a')).toBe('a #1')
    expect(await withCache(cache, { ttl: 1 })(original)('a')).toBe('a #1')
  })

  it.each(['', 'a:b', 7, null])('%j is refused', (namespace) => {
    expect(() => withCache(cache, { namespace: namespace as string })).toThrow(CacheConfigError)
  })
})

describe('withCache refuses', () => {
  it('what is no cache', () => {
    for (const none of [undefined, null, {}, new Map(), 'cache']) {
      expect(() => withCache(none as never)).toThrow(/needs a cache/)
    }
  })

  it('an unknown option, by name, with the one that was meant', () => {
    expect(() => withCache(cache, { tll: 5 } as never)).toThrow(/no option 'tll': did you mean 'ttl'/)
    expect(() => withCache(cache, { signal: AbortSignal.abort() } as never)).toThrow(/no option 'signal'/)
    expect(() => withCache(cache, 5 as never)).toThrow(CacheConfigError)
  })

  it.each([0, -1, Number.NaN, '', '5 parsecs', {}, null])('the ttl %j where the function is wrapped', (ttl) => {
    expect(() => withCache(cache, { ttl: ttl as number })).toThrow(CacheConfigError)
    expect(() => withCache(cache, { ttl: ttl as number })).toThrow(/^ttl /)
  })

  it.each(['signal', 'staleOnError'])('%s, which getOrSet does not know, where the function is wrapped', (name) => {
    expect(() => withCache(cache, { [name]: 5 } as never)).toThrow(`withCache has no option '${name}'`)
  })

  it.each(['key', 'tags', 'when', 'unless', 'keyThis'])('%s that is no function', (name) => {
    expect(() => withCache(cache, { [name]: 'text' })).toThrow(`${name} must be a function, not string`)
  })

  it('what is neither a function nor a method', () => {
    const decorator = withCache(cache) as unknown as (...args: unknown[]) => unknown
    expect(() => decorator(7)).toThrow(/wraps a function or a method, not number/)
    expect(() => decorator(() => 1, { kind: 'setter', name: 'x' })).toThrow(/methods and getters, and x is a setter/)
    expect(() => decorator({}, 'x', { set: () => 1 })).toThrow(/methods and getters, and x is a setter/)
  })

  it('a value that the cache refuses: the failure is the caller’s', async () => {
    class Picky extends TTLCache<unknown> {
      protected override preSet(): never {
        throw new CacheValueError('no')
      }
    }
    await expect(withCache(new Picky())(find())('a')).rejects.toThrow(CacheValueError)
  })
})
