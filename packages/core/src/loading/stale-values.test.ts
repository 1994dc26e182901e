import { CacheConfigError } from '@mtaio/exceptions'
import { describe, expect, it, vi } from 'vitest'
import type { GetOrSetOptions, LoadContext } from '../cache.js'
import { TTLCache } from '../index.js'
import { ManualClock } from '../testing/manual-clock.js'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A cache with a value that lives for 10 s, and a source whose answers are given by hand. */
async function cacheWith(options: GetOrSetOptions) {
  const clock = new ManualClock()
  const cache = new TTLCache<string>({ clock, cleanupInterval: '1s' })
  const errors: unknown[] = []
  cache.on('error', (error) => errors.push(error))
  const source = {
    answer: 'v1' as string | Error,
    calls: 0,
    contexts: [] as LoadContext<string>[],
    gate: undefined as Promise<void> | undefined,
  }
  const load = async (context: LoadContext<string>) => {
    source.calls++
    source.contexts.push(context)
    const { answer } = source
    await source.gate
    if (answer instanceof Error) throw answer
    return answer
  }
  const ask = (more: GetOrSetOptions = {}) => cache.getOrSet('k', load, { ttl: 10, ...options, ...more })
  expect(await ask()).toBe('v1')
  source.answer = 'v2'
  return { clock, cache, source, ask, errors }
}

describe('staleWhileRevalidate', () => {
  it('answers what has expired at once, loads behind the caller, and is over when it says', async () => {
    const { clock, cache, source, ask } = await cacheWith({ staleWhileRevalidate: 5 })
    clock.advance(10_000)
    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.has('k')).toBe(false)
    expect(await cache.ttl('k')).toBeUndefined()
    expect([...cache.sync.keys()]).toEqual([])
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(['v1', 'v1', 'v1'])
    expect(source.calls).toBe(2)
    expect(source.contexts[1]!.stale).toBe('v1')
    await turn()
    expect(await ask()).toBe('v2')
    expect(cache.getStats()).toMatchObject({ staleHits: 3, loads: 2 })
    source.answer = 'v3'
    clock.advance(15_001)
    expect(await ask()).toBe('v3')
    expect(cache.getStats().staleHits).toBe(3)
  })

  it('waits longer after each refresh that failed, tells of it, and goes on answering meanwhile', async () => {
    const { clock, source, ask, errors } = await cacheWith({ staleWhileRevalidate: 3600 })
    source.answer = new Error('down')
    clock.advance(10_000)
    const callsAfter = async (ms: number) => {
      clock.advance(ms)
      expect(await ask()).toBe('v1')
      await turn()
      return source.calls
    }
    expect(await callsAfter(0)).toBe(2)
    expect(await callsAfter(999)).toBe(2)
    expect(await callsAfter(1)).toBe(3)
    expect(await callsAfter(1999)).toBe(3)
    expect(await callsAfter(1)).toBe(4)
    expect(errors).toHaveLength(3)
    expect(errors[0]).toMatchObject({ name: 'CacheLoadError', key: 'k', cause: source.answer })
    source.answer = 'v2'
    await callsAfter(4000)
    expect(await ask()).toBe('v2')
  })

  it('never answers what was deleted, cleared or invalidated by tag', async () => {
    for (const invalidate of [
      (cache: TTLCache<string>) => cache.delete('k'),
      (cache: TTLCache<string>) => cache.deleteByTag('t'),
      (cache: TTLCache<string>) => cache.clear(),
    ]) {
      const { clock, cache, source, ask } = await cacheWith({ staleWhileRevalidate: 50, staleIfError: 50, tags: ['t'] })
      clock.advance(12_000)
      await invalidate(cache)
      expect(await ask()).toBe('v2')
      expect(source.contexts[1]!.stale).toBeUndefined()
      expect(cache.getStats().staleHits).toBe(0)
    }
  })

  it('is swept away when it is over, and counted as expired once', async () => {
    const { clock, cache } = await cacheWith({ staleWhileRevalidate: 5 })
    clock.advance(14_000)
    expect(cache.getStats()).toMatchObject({ items: 1, expirations: 0 })
    clock.advance(3000)
    expect(cache.getStats()).toMatchObject({ items: 0, expirations: 1 })
  })
})

describe('staleIfError', () => {
  it('answers what has expired when the load fails, and no longer than it says', async () => {
    const { clock, cache, source, ask } = await cacheWith({ staleIfError: 60 })
    source.answer = new Error('down')
    clock.advance(69_999)
    expect(await ask()).toBe('v1')
    expect(cache.getStats()).toMatchObject({ staleHits: 1, loadFailures: 1 })
    clock.advance(1)
    await expect(ask()).rejects.toThrow('down')
  })

  it('waits for a load that succeeds', async () => {
    const { clock, ask } = await cacheWith({ staleIfError: 60 })
    clock.advance(20_000)
    expect(await ask()).toBe('v2')
  })

  it('answers for a failure that is remembered, and for a load that takes too long', async () => {
    const { clock, source, ask } = await cacheWith({ staleIfError: 3600, negativeTtl: 100, timeout: 2 })
    clock.advance(20_000)
    let open!: () => void
    source.gate = new Promise((resolve) => {
      open = resolve
    })
    const waiting = ask()
    clock.advance(2000)
    expect(await waiting).toBe('v1')
    source.gate = undefined
    open()
    await turn()
    expect(await ask()).toBe('v2')
    source.answer = new Error('down')
    clock.advance(20_000)
    expect(await ask()).toBe('v2')
    const { calls } = source
    expect(await ask()).toBe('v2')
    expect(source.calls).toBe(calls)
  })

  it('does not answer a caller that has left, nor what was deleted while the load ran', async () => {
    const { clock, cache, source, ask } = await cacheWith({ staleIfError: 60 })
    clock.advance(20_000)
    let fail!: () => void
    source.answer = new Error('down')
    source.gate = new Promise((resolve) => {
      fail = resolve
    })
    const controller = new AbortController()
    const left = ask({ signal: controller.signal })
    controller.abort(new Error('left'))
    await expect(left).rejects.toThrow('left')
    const waiting = ask()
    await cache.delete('k')
    fail()
    await expect(waiting).rejects.toThrow('down')
  })
})

describe('softTimeout', () => {
  it('answers what has expired when the load is not there in time, and the load goes on', async () => {
    const { clock, cache, source, ask } = await cacheWith({ staleIfError: 60, softTimeout: '100ms' })
    clock.advance(20_000)
    let open!: () => void
    source.gate = new Promise((resolve) => {
      open = resolve
    })
    const answered = vi.fn()
    const waiting = ask().then(answered)
    clock.advance(99)
    await turn()
    expect(answered).not.toHaveBeenCalled()
    clock.advance(1)
    await waiting
    expect(answered).toHaveBeenCalledWith('v1')
    open()
    await turn()
    expect(await cache.get('k')).toBe('v2')
    expect(clock.pendingTimers).toBeLessThanOrEqual(1)
  })

  it('waits on where there is nothing else to answer', async () => {
    const clock = new ManualClock()
    const cache = new TTLCache<string>({ clock })
    let open!: (value: string) => void
    const waiting = cache.getOrSet('k', () => new Promise<string>((resolve) => (open = resolve)), {
      staleIfError: 60,
      softTimeout: 1,
    })
    clock.advance(5000)
    await turn()
    open('late')
    expect(await waiting).toBe('late')
  })
})

describe('refreshAhead', () => {
  it('loads anew, once, what has not long to live, and answers what there is', async () => {
    const { clock, source, ask } = await cacheWith({ refreshAhead: 3 })
    clock.advance(7000)
    expect(await ask()).toBe('v1')
    expect(source.calls).toBe(1)
    clock.advance(1)
    expect(await Promise.all([ask(), ask()])).toEqual(['v1', 'v1'])
    expect(source.calls).toBe(2)
    expect(source.contexts[1]!.stale).toBe('v1')
    await turn()
    expect(await ask()).toBe('v2')
  })

  it('is fenced: a value that was set or deleted meanwhile stays', async () => {
    const { clock, cache, source, ask } = await cacheWith({ refreshAhead: 3 })
    clock.advance(8000)
    let open!: () => void
    source.gate = new Promise((resolve) => {
      open = resolve
    })
    expect(await ask()).toBe('v1')
    await cache.set('k', 'written')
    open()
    await turn()
    expect(await cache.get('k')).toBe('written')
  })
})

it('options of stale values are durations', async () => {
  const cache = new TTLCache<string>()
  for (const name of ['staleWhileRevalidate', 'staleIfError', 'softTimeout', 'refreshAhead']) {
    await expect(cache.getOrSet('k', () => 'v', { [name]: 0 })).rejects.toThrow(CacheConfigError)
  }
  expect(cache.getStats().loads).toBe(0)
})
