import { CacheConfigError, CacheValueError } from '@mtaio/exceptions'
import { describe, expect, it, vi } from 'vitest'
import type { GetOrSetOptions, Load, LoadContext, SetOptions } from '../cache.js'
import { ManualClock } from '../testing/manual-clock.js'
import type { LoadFence, LoadSurroundings } from './load-target.js'
import { Loader } from './loader.js'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A fence over a key and its tags, broken by hand. */
class HandFence implements LoadFence {
  broken = false
  closed = 0
  readonly brokenTags = new Set<string>()

  constructor(readonly onBroken: () => void) {}

  holds(tags: readonly string[] | undefined): boolean {
    return !this.broken && !tags?.some((tag) => this.brokenTags.has(tag))
  }

  close(): void {
    this.closed++
  }

  break(): void {
    if (this.closed > 0) return
    this.broken = true
    this.onBroken()
  }
}

const SURROUNDINGS: LoadSurroundings = { clock: new ManualClock(), defaultTtl: 300_000 }

function loaderOverMap(surroundings = SURROUNDINGS) {
  const stored = new Map<string, { value: unknown; options: SetOptions }>()
  const fences: HandFence[] = []
  const failures: unknown[] = []
  const veto: { error?: Error; until?: Promise<void> } = {}
  const loader = new Loader<unknown, string, HandFence>(
    {
      openFence: (_key, onBroken) => {
        const fence = new HandFence(onBroken)
        fences.push(fence)
        return fence
      },
      fill: (key, value, options, fence) => {
        const store = () => {
          if (veto.error) throw veto.error
          if (options.store && fence.holds(options.tags)) stored.set(key, { value, options })
          return value
        }
        return veto.until === undefined ? store() : veto.until.then(store)
      },
      loadFailed: (_key, error) => failures.push(error),
    },
    surroundings,
  )
  const load = (key: string, fn: Load<unknown>, options: GetOrSetOptions = {}) => loader.load(key, fn, options, 'seen')
  return { loader, load, stored, fences, failures, veto }
}

/** A load that ends when told to. */
function gate() {
  const gated = { calls: 0, context: undefined as unknown as LoadContext<unknown> }
  let open!: (value: unknown) => void
  let fail!: (error: unknown) => void
  const promise = new Promise<unknown>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  promise.catch(() => undefined)
  const load = (context: LoadContext<unknown>) => {
    gated.calls++
    gated.context = context
    return promise
  }
  return Object.assign(gated, { load, open, fail })
}

describe('Loader', () => {
  it('loads once for all who ask meanwhile, and fills once', async () => {
    const { loader, load, stored } = loaderOverMap()
    const source = gate()
    const callers = [load('k', source.load), load('k', source.load), load('k', source.load)]
    expect(loader.inFlight).toBe(1)
    source.open('value')
    expect(await Promise.all(callers)).toEqual(['value', 'value', 'value'])
    expect(source.calls).toBe(1)
    expect(stored.get('k')?.value).toBe('value')
    expect(loader.inFlight).toBe(0)
  })

  it('loads different keys apart', async () => {
    const { load } = loaderOverMap()
    expect(await Promise.all(['a', 'b'].map((key) => load(key, (context) => context.key)))).toEqual(['a', 'b'])
  })

  it('takes a plain value, and a falsy one', async () => {
    const { load, stored } = loaderOverMap()
    for (const value of [0, '', false, null, Number.NaN]) {
      expect(await load('k', () => value)).toBe(value)
      expect(stored.get('k')?.value).toBe(value)
    }
  })

  it.each([
    { how: 'rejects', failing: async () => Promise.reject(new Error('boom')) },
    {
      how: 'throws at once',
      failing: () => {
        throw new Error('boom')
      },
    },
  ])('a load that $how fails for all its callers, is not stored and not run again in turn', async ({ failing }) => {
    const { loader, load, stored, failures, fences } = loaderOverMap()
    const source = vi.fn(failing)
    const outcomes = await Promise.allSettled([load('k', source), load('other', async () => 1)])
    expect(outcomes[0]).toMatchObject({ status: 'rejected', reason: { message: 'boom' } })
    expect(source).toHaveBeenCalledTimes(1)
    expect(stored.has('k')).toBe(false)
    expect(failures).toHaveLength(1)
    expect(loader.inFlight).toBe(0)
    expect(fences.every((fence) => fence.closed > 0)).toBe(true)
    expect(await load('k', () => 'next')).toBe('next')
  })

  it('all waiters share one failure', async () => {
    const { load, failures } = loaderOverMap()
    const source = gate()
    const boom = new Error('boom')
    const callers = [1, 2, 3, 4, 5].map(() => load('k', source.load))
    source.fail(boom)
    for (const caller of callers) await expect(caller).rejects.toBe(boom)
    expect(source.calls).toBe(1)
    expect(failures).toEqual([boom])
  })

  it('refuses undefined, naming the key', async () => {
    const { load, stored, failures, fences } = loaderOverMap()
    await expect(load('user:7', () => undefined)).rejects.toBeInstanceOf(CacheValueError)
    await expect(load('user:7', async () => undefined)).rejects.toMatchObject({ key: 'user:7' })
    expect(stored.size).toBe(0)
    expect(failures).toHaveLength(2)
    expect(fences.every((fence) => fence.closed > 0)).toBe(true)
  })

  describe('the fence', () => {
    it('a load broken meanwhile gives its callers the value and stores nothing', async () => {
      const { load, stored, fences } = loaderOverMap()
      const source = gate()
      const caller = load('k', source.load)
      fences[0]!.break()
      source.open('old')
      expect(await caller).toBe('old')
      expect(stored.has('k')).toBe(false)
    })

    it('who asks after the break gets a load of its own, which does not wait for the broken one', async () => {
      const { loader, load, stored, fences } = loaderOverMap()
      const [old, fresh] = [gate(), gate()]
      const before = load('k', old.load)
      fences[0]!.break()
      const after = load('k', fresh.load)
      const alsoAfter = load('k', fresh.load)
      expect(fresh.calls).toBe(1)
      expect(loader.inFlight).toBe(2)
      fresh.open('new')
      expect(await after).toBe('new')
      expect(await alsoAfter).toBe('new')
      old.open('old')
      expect(await before).toBe('old')
      expect(stored.get('k')?.value).toBe('new')
    })

    it('is opened before the load begins', async () => {
      const { load, stored, fences } = loaderOverMap()
      await load('k', () => {
        fences[0]!.break()
        return 'old'
      })
      expect(stored.has('k')).toBe(false)
    })

    it('a tag invalidated meanwhile keeps newcomers from joining', async () => {
      const { load, stored, fences } = loaderOverMap()
      const [old, fresh] = [gate(), gate()]
      const before = load('k', old.load, { tags: ['t'] })
      fences[0]!.brokenTags.add('t')
      const after = load('k', fresh.load, { tags: ['t'] })
      old.open('old')
      fresh.open('new')
      expect([await before, await after]).toEqual(['old', 'new'])
      expect(stored.get('k')?.value).toBe('new')
    })

    it('is asked about the tags that the load itself set', async () => {
      const { load, stored, fences } = loaderOverMap()
      await load('k', async ({ setTags }) => {
        fences[0]!.brokenTags.add('late')
        setTags(['late'])
        return 'old'
      })
      expect(stored.has('k')).toBe(false)
    })

    it('stands while a slow fill is under way, though everybody has left', async () => {
      const { load, stored, fences, veto } = loaderOverMap()
      let store!: () => void
      veto.until = new Promise((resolve) => {
        store = resolve
      })
      const caller = new AbortController()
      const left = load('k', () => 'old', { signal: caller.signal })
      await turn()
      caller.abort()
      await expect(left).rejects.toThrow()
      expect(fences[0]!.closed).toBe(0)
      fences[0]!.break()
      store()
      await turn()
      expect(stored.has('k')).toBe(false)
      expect(fences[0]!.closed).toBeGreaterThan(0)
    })

    it('is closed after each load, however it went', async () => {
      const { load, fences } = loaderOverMap()
      const left = new AbortController()
      const gone = load('gone', () => new Promise(() => undefined), { signal: left.signal })
      left.abort()
      await Promise.allSettled([
        gone,
        load('good', () => 1),
        load('bad', async () => Promise.reject(new Error('boom'))),
        load('undefined', () => undefined),
      ])
      expect(fences).toHaveLength(4)
      expect(fences.every((fence) => fence.closed > 0)).toBe(true)
    })
  })

  describe('a fill that fails', () => {
    it.each([{ when: 'at once' }, { when: 'later' }])(
      "is the callers' failure, when it fails $when",
      async ({ when }) => {
        const { loader, load, failures, veto, fences } = loaderOverMap()
        veto.error = new Error('vetoed')
        if (when === 'later') veto.until = Promise.resolve()
        const callers = [load('k', () => 1), load('k', () => 1)]
        for (const caller of callers) await expect(caller).rejects.toThrow('vetoed')
        expect(failures).toEqual([veto.error])
        expect(loader.inFlight).toBe(0)
        expect(fences[0]!.closed).toBeGreaterThan(0)
      },
    )

    it('the callers get what was stored', async () => {
      const loader = new Loader<string>(
        {
          openFence: () => ({ holds: () => true, close: () => undefined }),
          fill: (_key, value) => `${value}, replaced`,
          loadFailed: () => undefined,
        },
        SURROUNDINGS,
      )
      expect(await loader.load('k', () => 'value', {}, undefined)).toBe('value, replaced')
    })

    it('a fence that cannot be opened is a rejection and leaves no flight', async () => {
      const loader = new Loader<string>(
        {
          openFence: () => {
            throw new Error('closed')
          },
          fill: (_key, value) => value,
          loadFailed: () => undefined,
        },
        SURROUNDINGS,
      )
      const load = vi.fn(() => 'value')
      await expect(loader.load('k', load, {}, undefined)).rejects.toThrow('closed')
      expect(load).not.toHaveBeenCalled()
      expect(loader.inFlight).toBe(0)
    })
  })

  describe('abort', () => {
    it('an aborted signal rejects with its reason and loads nothing', async () => {
      const { load } = loaderOverMap()
      const source = vi.fn(() => 1)
      await expect(load('k', source, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
      expect(source).not.toHaveBeenCalled()
    })

    it('one who leaves is told at once and leaves the others alone', async () => {
      const { load, stored } = loaderOverMap()
      const source = gate()
      const caller = new AbortController()
      const leaver = load('k', source.load, { signal: caller.signal })
      const stayer = load('k', source.load)
      caller.abort('enough')
      await expect(leaver).rejects.toBe('enough')
      expect(source.context.signal.aborted).toBe(false)
      source.open('value')
      expect(await stayer).toBe('value')
      expect(stored.get('k')?.value).toBe('value')
    })

    it('when all have left, the load is aborted and its outcome is ignored, good or bad', async () => {
      for (const end of ['open', 'fail'] as const) {
        const { loader, load, stored, failures } = loaderOverMap()
        const source = gate()
        const [a, b] = [new AbortController(), new AbortController()]
        const callers = [load('k', source.load, { signal: a.signal }), load('k', source.load, { signal: b.signal })]
        a.abort('a')
        b.abort('b')
        expect(source.context.signal.aborted).toBe(true)
        expect(loader.inFlight).toBe(0)
        for (const [index, reason] of ['a', 'b'].entries()) await expect(callers[index]).rejects.toBe(reason)
        source[end]('late')
        await turn()
        expect(stored.size).toBe(0)
        expect(failures).toEqual([])
      }
    })

    it('who asks after all have left starts a new load', async () => {
      const { load, stored } = loaderOverMap()
      const [abandoned, fresh] = [gate(), gate()]
      const caller = new AbortController()
      const left = load('k', abandoned.load, { signal: caller.signal })
      caller.abort()
      const next = load('k', fresh.load)
      fresh.open('new')
      abandoned.open('old')
      await expect(left).rejects.toThrow()
      expect(await next).toBe('new')
      expect(stored.get('k')?.value).toBe('new')
    })

    it('a load that aborts its own caller while it starts ends well', async () => {
      const { loader, load, stored } = loaderOverMap()
      const caller = new AbortController()
      const left = load(
        'k',
        ({ signal }) => {
          caller.abort('from within')
          return signal.aborted
        },
        { signal: caller.signal },
      )
      await expect(left).rejects.toBe('from within')
      await turn()
      expect(stored.size).toBe(0)
      expect(loader.inFlight).toBe(0)
    })

    it('abortAll tells everybody the reason and stores nothing any more', async () => {
      const { loader, load, stored, fences } = loaderOverMap()
      const [a, b] = [gate(), gate()]
      const callers = [
        load('a', a.load),
        load('b', b.load),
        load('b', b.load, { signal: new AbortController().signal }),
      ]
      fences[0]!.break()
      const reason = new Error('disposed')
      loader.abortAll(reason)
      for (const caller of callers) await expect(caller).rejects.toBe(reason)
      expect(a.context.signal.reason).toBe(reason)
      a.open(1)
      b.open(1)
      await turn()
      expect(stored.size).toBe(0)
      expect(loader.inFlight).toBe(0)
    })
  })

  describe('the context', () => {
    it('sets TTL and tags that depend on the value, over those of the options', async () => {
      const { load, stored } = loaderOverMap()
      await load(
        'k',
        async ({ setTtl, setTags }) => {
          await turn()
          setTtl('5m')
          setTags(['b', 'b'])
          return 1
        },
        { ttl: 10, tags: ['a'] },
      )
      expect(stored.get('k')?.options).toEqual({ ttl: '5m', tags: ['b'], store: true, graceMs: 0 })
    })

    it('without a word from the load, the options hold', async () => {
      const { load, stored } = loaderOverMap()
      const tags = ['a', 'a']
      await load('k', () => 1, { ttl: 10, tags })
      expect(stored.get('k')?.options).toEqual({ ttl: 10, tags: ['a'], store: true, graceMs: 0 })
    })

    it('refuses a bad TTL and bad tags at once, inside the load', async () => {
      const { load } = loaderOverMap()
      const refused: unknown[] = []
      const attempt = (call: () => void) => {
        try {
          call()
        } catch (error) {
          refused.push(error)
        }
      }
      await load('k', ({ setTtl, setTags }) => {
        attempt(() => setTtl(0))
        attempt(() => setTtl('5 parsecs'))
        attempt(() => setTags(['']))
        return 1
      })
      expect(refused).toHaveLength(3)
      for (const error of refused) expect(error).toBeInstanceOf(CacheConfigError)
    })

    it('throws when it is used after the load has ended', async () => {
      const { load } = loaderOverMap()
      for (const end of [() => 1, () => Promise.reject(new Error('boom'))]) {
        let context!: LoadContext<unknown>
        await load('k', (given) => {
          context = given
          return end()
        }).catch(() => undefined)
        expect(() => context.setTtl(5)).toThrow(expect.objectContaining({ code: 'LOAD_ENDED', key: 'k' }))
        expect(() => context.setTags(['a'])).toThrow(CacheConfigError)
      }
    })
  })

  describe('options out of contract', () => {
    it.each([
      { options: { ttl: 0 } },
      { options: { ttl: '5 parsecs' } },
      { options: { ttl: null } },
      { options: { tags: 'a' } },
      { options: { tags: [''] } },
      { options: { signal: {} } },
      { options: { signal: null } },
      { options: { tll: 5 } },
      { options: null },
      { options: 5 },
    ])('refuses $options and loads nothing', async ({ options }) => {
      const { load, fences } = loaderOverMap()
      const source = vi.fn(() => 1)
      await expect(load('k', source, options as GetOrSetOptions)).rejects.toBeInstanceOf(CacheConfigError)
      expect(source).not.toHaveBeenCalled()
      expect(fences).toHaveLength(0)
    })

    it('refuses a load that is no function', async () => {
      const { load } = loaderOverMap()
      for (const none of [undefined, null, 'value', {}]) {
        await expect(load('k', none as never)).rejects.toBeInstanceOf(CacheConfigError)
      }
    })
  })

  it('settled waits for the loads of now, broken ones too, and not for those that everybody left', async () => {
    const { loader, load, fences } = loaderOverMap()
    await loader.settled()
    const [broken, good, hanging] = [gate(), gate(), gate()]
    const callers = [load('k', broken.load), load('other', good.load)]
    const caller = new AbortController()
    const left = load('hanging', hanging.load, { signal: caller.signal }).catch(() => 'left')
    fences[0]!.break()
    let settled = false
    const all = loader.settled().then(() => {
      settled = true
    })
    good.open(1)
    caller.abort()
    await turn()
    expect(settled).toBe(false)
    broken.fail(new Error('boom'))
    await all
    expect(await left).toBe('left')
    await Promise.allSettled(callers)
  })

  it('hands the evidence of the caller that started the load to the fill', async () => {
    const fill = vi.fn((_key: string, value: string) => value)
    const loader = new Loader<string, number>(
      {
        openFence: () => ({ holds: () => true, close: () => undefined }),
        fill,
        loadFailed: () => undefined,
      },
      SURROUNDINGS,
    )
    await Promise.all([loader.load('k', () => 'v', {}, 1), loader.load('k', () => 'v', {}, 2)])
    expect(fill).toHaveBeenCalledTimes(1)
    expect(fill.mock.calls[0]).toHaveLength(5)
    expect((fill.mock.calls[0] as unknown[])[4]).toBe(1)
  })

  it('is not for a caller that has found what was changed since the load began', async () => {
    const loader = new Loader<string, number>(
      {
        openFence: () => ({ holds: () => true, close: () => undefined }),
        fill: (_key, value) => value,
        overtakes: (found, begun) => found > begun,
        loadFailed: () => undefined,
      },
      SURROUNDINGS,
    )
    let loads = 0
    const from = (found: number) => loader.load('k', () => `load ${++loads}`, {}, found)
    const values = await Promise.all([from(1), from(1), from(2), from(1), from(2)])
    expect(values).toEqual(['load 1', 'load 1', 'load 2', 'load 2', 'load 2'])
  })

  describe('a caller that waits for so long and no longer', () => {
    it('is told so, and the load goes on for the cache and for the others', async () => {
      const clock = new ManualClock()
      const { loader, load, stored } = loaderOverMap({ clock, defaultTtl: 1000 })
      const source = gate()
      const hurried = load('k', source.load, { timeout: '50ms' })
      const patient = load('k', source.load)
      clock.advance(49)
      await turn()
      expect(loader.inFlight).toBe(1)
      clock.advance(1)
      await expect(hurried).rejects.toMatchObject({ name: 'CacheLoadError', code: 'TIMEOUT', key: 'k' })
      expect(source.context.signal.aborted).toBe(false)
      source.open('late')
      expect(await patient).toBe('late')
      expect(stored.get('k')).toMatchObject({ value: 'late' })
      expect(source.calls).toBe(1)
    })

    it('leaves no timer behind when the load is in time, or fails in time', async () => {
      const clock = new ManualClock()
      const { load } = loaderOverMap({ clock, defaultTtl: 1000 })
      expect(await load('k', () => 'value', { timeout: 1 })).toBe('value')
      await expect(load('j', () => Promise.reject(new Error('no')), { timeout: 1 })).rejects.toThrow('no')
      await turn()
      expect(clock.pendingTimers).toBe(0)
    })
  })

  describe('a failure that is remembered', () => {
    const failing = () => Promise.reject(new Error('down'))

    it('is told again without a load until its time is over', async () => {
      const clock = new ManualClock()
      const { load, failures, fences } = loaderOverMap({ clock, defaultTtl: 1000 })
      await expect(load('k', failing, { negativeTtl: '1s' })).rejects.toThrow('down')
      const next = vi.fn(() => 'up')
      clock.advance(999)
      await expect(load('k', next)).rejects.toThrow('down')
      expect(next).not.toHaveBeenCalled()
      expect(failures).toHaveLength(1)
      clock.advance(1)
      expect(await load('k', next)).toBe('up')
      for (const fence of fences) expect(fence.closed).toBeGreaterThan(0)
    })

    it('is forgotten when its key changes, one of its tags is invalidated, or all loads are aborted', async () => {
      const { loader, load, fences } = loaderOverMap()
      await expect(load('k', failing, { negativeTtl: 1 })).rejects.toThrow('down')
      fences.at(-1)!.break()
      expect(await load('k', () => 'after a change')).toBe('after a change')
      await expect(load('j', failing, { negativeTtl: 1, tags: ['t'] })).rejects.toThrow('down')
      fences.at(-1)!.brokenTags.add('t')
      expect(await load('j', () => 'after the tag')).toBe('after the tag')
      await expect(load('i', failing, { negativeTtl: 1 })).rejects.toThrow('down')
      loader.abortAll(new Error('over'))
      expect(await load('i', () => 'afterwards')).toBe('afterwards')
      for (const fence of fences) expect(fence.closed).toBeGreaterThan(0)
    })

    it('is not remembered when its key changed while it was loaded', async () => {
      const { load, fences } = loaderOverMap()
      const source = gate()
      const caller = load('k', source.load, { negativeTtl: 1 })
      fences[0]!.break()
      source.fail(new Error('old'))
      await expect(caller).rejects.toThrow('old')
      expect(await load('k', () => 'new')).toBe('new')
    })

    it('gives way to later ones when there are too many', async () => {
      const { load, fences } = loaderOverMap()
      for (let number = 0; number <= 10_000; number++) {
        await load(`k${number}`, failing, { negativeTtl: 1 }).catch(() => undefined)
      }
      expect(fences.filter((fence) => fence.closed === 0)).toHaveLength(10_000)
      expect(await load('k0', () => 'forgotten')).toBe('forgotten')
      await expect(load('k1', () => 'remembered')).rejects.toThrow('down')
    })
  })

  it('spreads TTLs by chance, the default one, too, and leaves for ever alone', async () => {
    let random = 0
    const { load, stored } = loaderOverMap({ ...SURROUNDINGS, defaultTtl: 1000, random: () => random })
    await load('shortest', () => 1, { jitter: 0.1, ttl: 100 })
    random = 0.75
    await load('longer', () => 1, { jitter: 0.1 })
    await load('for ever', () => 1, { jitter: 0.1, ttl: Infinity })
    expect([...stored.values()].map(({ options }) => options.ttl)).toEqual(['90000.000ms', '1050.000ms', Infinity])
  })

  it('hands over what its load said not to store, even undefined', async () => {
    const { load, stored } = loaderOverMap()
    const unstored = (value: unknown) => (context: LoadContext<unknown>) => {
      context.noStore()
      return value
    }
    expect(await load('k', unstored('value'))).toBe('value')
    expect(await load('k', unstored(undefined))).toBeUndefined()
    expect(stored.size).toBe(0)
  })

  it('refuses options out of contract before anything is loaded', async () => {
    const { load } = loaderOverMap()
    const never = vi.fn()
    for (const options of [
      { timeout: 0 },
      { negativeTtl: '1 s' },
      { jitter: 1 },
      { jitter: -0.1 },
      { jitter: Number.NaN },
    ]) {
      await expect(load('k', never, options)).rejects.toThrow(new RegExp(Object.keys(options)[0]!))
    }
    expect(never).not.toHaveBeenCalled()
  })
})
