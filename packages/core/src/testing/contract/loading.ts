/** Contract: `getOrSet` loads once, never stores what was overtaken, and lets callers leave. */
import { CacheClosedError, CacheConfigError, CacheValueError } from '@mtaio/exceptions'
import type { Cache } from '../../cache.js'
import { equal, rejects, rejectsWith } from './assert.js'
import { BAD_DURATIONS } from './bad-input.js'
import { gatedLoad, othersHadTheirTurn } from './gated-load.js'
import type { Cases } from './subject.js'

export const loadingCases: Cases = {
  'getOrSet answers what is cached, else loads and stores': async ({ open }) => {
    const { cache } = await open()
    equal(await cache.getOrSet('k', async () => 'loaded'), 'loaded', 'an absent key')
    equal(await cache.get('k'), 'loaded', 'the stored value')
    const never = gatedLoad()
    equal(await cache.getOrSet('k', never.load), 'loaded', 'a cached key')
    equal(never.calls, 0, 'loads of a cached key')
    equal(await cache.getOrSet('at once', () => 'plain'), 'plain', 'a loader without a promise')
    equal(await cache.getOrSet('null', () => null), null, 'a loader of null')
    equal(await cache.get('null', 'default'), null, 'the stored null')
  },

  'concurrent calls for one key load once': async ({ open }) => {
    const { cache } = await open()
    const source = gatedLoad()
    const callers = [1, 2, 3].map(() => cache.getOrSet('k', source.load))
    await source.started
    await othersHadTheirTurn(cache, 'k')
    callers.push(cache.getOrSet('k', source.load))
    await othersHadTheirTurn(cache, 'k')
    source.open({ loaded: true })
    for (const caller of callers) equal(await caller, { loaded: true }, "a caller's value")
    equal(source.calls, 1, 'loads')
  },

  'different keys load apart': async ({ open }) => {
    const { cache } = await open()
    const slow = gatedLoad()
    const waiting = cache.getOrSet('slow', slow.load)
    equal(await cache.getOrSet('quick', ({ key }) => key), 'quick', 'the other key')
    slow.open('value')
    equal(await waiting, 'value', 'the slow key')
  },

  'a failure is shared by all who wait, not stored, and not run again in turn': async ({ open }) => {
    const { cache } = await open()
    const source = gatedLoad()
    const failure = new Error('the source is down')
    const callers = [1, 2, 3].map(() => cache.getOrSet('k', source.load))
    // Handled at once, for the failure may come before the first of them is looked at.
    const outcomes = callers.map((caller) => rejectsWith(caller, failure, 'a caller'))
    await source.started
    await othersHadTheirTurn(cache, 'k')
    source.fail(failure)
    await Promise.all(outcomes)
    equal(source.calls, 1, 'loads')
    equal(await cache.has('k'), false, 'the key')
    equal(await cache.getOrSet('k', () => 'next'), 'next', 'the next call')
  },

  'a failure is remembered for as long as the caller says, until its key changes': async ({ open }) => {
    const { cache, advance } = await open()
    const failure = new Error('the source is down')
    const fails = () => Promise.reject(failure)
    await rejectsWith(cache.getOrSet('k', fails, { negativeTtl: 10 }), failure, 'the load')
    const next = gatedLoad()
    await rejectsWith(cache.getOrSet('k', next.load), failure, 'the next call')
    equal(next.calls, 0, 'loads while the failure is remembered')
    await cache.set('k', 'set meanwhile')
    equal(await cache.getOrSet('k', next.load), 'set meanwhile', 'after a set')
    await rejectsWith(cache.getOrSet('other', fails, { negativeTtl: 10 }), failure, 'another load')
    await advance(10_000)
    equal(await cache.getOrSet('other', () => 'up again'), 'up again', 'when its time is over')
  },

  'what a loader says not to store is handed over and not stored': async ({ open }) => {
    const { cache } = await open()
    const load = (context: { noStore(): void }) => {
      context.noStore()
      return 'once'
    }
    equal(await cache.getOrSet('k', load), 'once', 'the value')
    equal(await cache.has('k'), false, 'the key')
  },

  'a jittered TTL stays within its bounds': async ({ open }) => {
    const { cache } = await open()
    for (let number = 0; number < 20; number++) {
      await cache.getOrSet(`k${number}`, () => 'value', { ttl: 100, jitter: 0.1 })
      const left = (await cache.ttl(`k${number}`)) ?? 0
      equal(left > 89 && left < 111, true, `${left} seconds left`)
    }
  },

  'a loader that throws at once rejects': async ({ open }) => {
    const { cache } = await open()
    const failure = new Error('thrown')
    const thrower = () => {
      throw failure
    }
    await rejectsWith(cache.getOrSet('k', thrower), failure, 'the call')
    equal(await cache.has('k'), false, 'the key')
  },

  'a loader of undefined is a CacheValueError with the key': async ({ open }) => {
    const { cache } = await open()
    await rejects(() => cache.getOrSet('k', () => undefined), CacheValueError, 'at once', { key: 'k' })
    await rejects(() => cache.getOrSet('k', async () => undefined), CacheValueError, 'later', { key: 'k' })
    equal(await cache.has('k'), false, 'the key')
  },

  'a loaded value lives as the options say': async ({ open }) => {
    const { cache, advance } = await open({ defaultTtl: 1_000 })
    await cache.getOrSet('short', () => 1, { ttl: '10s' })
    await cache.getOrSet('tagged', () => 1, { tags: ['t'] })
    await cache.deleteByTag('t')
    equal(await cache.get('tagged'), undefined, 'after its tag was deleted')
    await advance(10_000)
    equal(await cache.get('short'), undefined, 'after its TTL')
  },

  'a loader may set TTL and tags, over those of the options': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.getOrSet(
      'k',
      async ({ setTtl, setTags }) => {
        setTtl(10)
        setTags(['from the loader'])
        return 1
      },
      { ttl: 1_000, tags: ['from the options'] },
    )
    await cache.getOrSet('tagged', ({ setTags }) => {
      setTags(['from the loader'])
      return 1
    })
    await cache.deleteByTag('from the options')
    equal(await cache.get('k'), 1, 'after the tag of the options was deleted')
    await cache.deleteByTag('from the loader')
    equal(await cache.get('tagged'), undefined, "after the loader's tag was deleted")
    await cache.getOrSet('k', ({ setTtl }) => {
      setTtl('10s')
      return 2
    })
    await advance(10_000)
    equal(await cache.get('k'), undefined, "after the loader's TTL")
  },

  'a bad TTL or tag is refused inside the loader': async ({ open }) => {
    const { cache } = await open()
    for (const ttl of BAD_DURATIONS) {
      const load = cache.getOrSet('k', ({ setTtl }) => {
        setTtl(ttl as number)
        return 1
      })
      await rejects(() => load, CacheConfigError, `setTtl of ${String(ttl)}`)
    }
    const load = cache.getOrSet('k', ({ setTags }) => {
      setTags([''])
      return 1
    })
    await rejects(() => load, CacheConfigError, "setTags of ['']")
    equal(await cache.has('k'), false, 'the key')
  },

  'options out of contract are refused before anything is loaded': async ({ open }) => {
    const { cache } = await open()
    const source = gatedLoad()
    for (const options of [{ tll: 5 }, { ttl: 0 }, { tags: 't' }, { signal: {} }, null, 5]) {
      const call = () => cache.getOrSet('k', source.load, options as never)
      await rejects(call, CacheConfigError, `the options ${JSON.stringify(options)}`)
    }
    for (const none of [undefined, null, 'value']) {
      await rejects(() => cache.getOrSet('k', none as never), CacheConfigError, `${String(none)} for a loader`)
    }
    equal(source.calls, 0, 'loads')
  },
}

const changes: Readonly<Record<string, (cache: Cache<unknown>) => Promise<unknown>>> = {
  delete: (cache) => cache.delete('k'),
  deleteMany: (cache) => cache.deleteMany(['k']),
  clear: (cache) => cache.clear(),
  'deleteByTag of its tag': (cache) => cache.deleteByTag('t'),
  'deleteByTags of its tag and another': (cache) => cache.deleteByTags(['u', 't']),
  'expireByTag of its tag': (cache) => cache.expireByTag('t'),
  'deleteByPrefix of its beginning': (cache) => cache.deleteByPrefix('k'),
  'a committed delete': (cache) => cache.transaction((txn) => txn.delete('k')),
}

export const fenceCases: Cases = {
  'a load overtaken by an invalidation gives its callers the value and stores nothing': async ({ open }) => {
    for (const [change, apply] of Object.entries(changes)) {
      const { cache } = await open()
      const source = gatedLoad()
      const caller = cache.getOrSet('k', source.load, { tags: ['t'] })
      await source.started
      await apply(cache)
      source.open('overtaken')
      equal(await caller, 'overtaken', `the caller's value after ${change}`)
      equal(await cache.get('k'), undefined, `the cached value after ${change}`)
    }
  },

  'a load overtaken by a write does not replace what was written': async ({ open }) => {
    const { cache } = await open()
    const writes: Readonly<Record<string, () => Promise<unknown>>> = {
      set: () => cache.set('k', 'written'),
      setMany: () => cache.setMany({ k: 'written' }),
      'a committed set': () => cache.transaction((txn) => txn.set('k', 'written')),
    }
    for (const [write, apply] of Object.entries(writes)) {
      await cache.delete('k')
      const source = gatedLoad()
      const caller = cache.getOrSet('k', source.load)
      await source.started
      await apply()
      source.open('overtaken')
      equal(await caller, 'overtaken', `the caller's value after ${write}`)
      equal(await cache.get('k'), 'written', `the cached value after ${write}`)
    }
  },

  'who asks after an invalidation is not given what was loading before it': async ({ open }) => {
    for (const [change, apply] of Object.entries(changes)) {
      const { cache } = await open()
      const [old, fresh] = [gatedLoad(), gatedLoad()]
      const before = cache.getOrSet('k', old.load, { tags: ['t'] })
      await old.started
      await apply(cache)
      const after = cache.getOrSet('k', fresh.load, { tags: ['t'] })
      await fresh.started
      fresh.open('new')
      equal(await after, 'new', `the value asked for after ${change}`)
      old.open('old')
      equal(await before, 'old', `the value asked for before ${change}`)
      equal(await cache.get('k'), 'new', `the cached value after ${change}`)
    }
  },

  'a tag that the loader sets is fenced from the beginning of the load': async ({ open }) => {
    const { cache } = await open()
    for (const verb of ['deleteByTag', 'expireByTag'] as const) {
      const source = gatedLoad()
      const caller = cache.getOrSet('k', async (context) => {
        const value = await source.load(context)
        context.setTags(['late'])
        return value
      })
      await source.started
      await cache[verb]('late')
      source.open('overtaken')
      equal(await caller, 'overtaken', `the caller's value after ${verb}`)
      equal(await cache.get('k'), undefined, `the cached value after ${verb}`)
    }
  },

  "clearing the parent, or the namespace, overtakes a namespace's load": async ({ open }) => {
    const { cache } = await open()
    const view = cache.namespace('a')
    for (const cleared of [cache, view]) {
      const source = gatedLoad()
      const caller = view.getOrSet('k', source.load)
      await source.started
      await cleared.clear()
      source.open('overtaken')
      equal(await caller, 'overtaken', "the caller's value")
      equal(await view.get('k'), undefined, 'the cached value')
    }
  },

  'changes of other keys, tags and namespaces do not keep a load from being stored': async ({ open }) => {
    const { cache } = await open()
    const source = gatedLoad()
    const caller = cache.getOrSet('k', source.load, { tags: ['t'] })
    await source.started
    await cache.set('other', 1)
    await cache.delete('other')
    await cache.deleteByTag('u')
    await cache.deleteByTags(['u', 'v'])
    await cache.expireByTag('u')
    await cache.namespace('a').deleteByPrefix('k')
    await cache.namespace('a').set('k', 1)
    await cache.namespace('a').clear()
    source.open('loaded')
    equal(await caller, 'loaded', "the caller's value")
    equal(await cache.get('k'), 'loaded', 'the cached value')
  },
}

export const abortCases: Cases = {
  'an aborted signal rejects with its reason and loads nothing': async ({ open }) => {
    const { cache } = await open()
    const source = gatedLoad()
    const reason = new Error('enough')
    await rejectsWith(cache.getOrSet('k', source.load, { signal: AbortSignal.abort(reason) }), reason, 'the call')
    equal(source.calls, 0, 'loads')
  },

  'a caller that leaves is told at once and leaves the others alone': async ({ open }) => {
    const { cache } = await open()
    const source = gatedLoad()
    const [leaver, reason] = [new AbortController(), new Error('enough')]
    const leaving = cache.getOrSet('k', source.load, { signal: leaver.signal })
    const left = rejectsWith(leaving, reason, 'the caller that left')
    const staying = cache.getOrSet('k', source.load)
    const context = await source.started
    await othersHadTheirTurn(cache, 'k')
    leaver.abort(reason)
    await left
    equal(context.signal.aborted, false, "the load's signal")
    source.open('value')
    equal(await staying, 'value', 'the caller that stayed')
    equal(await cache.get('k'), 'value', 'the cached value')
    equal(source.calls, 1, 'loads')
  },

  'when all have left, the load is aborted and its outcome is not stored': async ({ open }) => {
    const { cache } = await open()
    const source = gatedLoad()
    const leavers = [new AbortController(), new AbortController()]
    const left = leavers.map(({ signal }) =>
      rejects(() => cache.getOrSet('k', source.load, { signal }), Error, 'a caller that left', { name: 'AbortError' }),
    )
    const context = await source.started
    await othersHadTheirTurn(cache, 'k')
    for (const leaver of leavers) leaver.abort()
    await Promise.all(left)
    equal(context.signal.aborted, true, "the load's signal")
    source.open('late')
    await othersHadTheirTurn(cache, 'k')
    equal(await cache.get('k'), undefined, 'the cached value')
    equal(await cache.getOrSet('k', () => 'next'), 'next', 'the next call')
  },

  'disposing the cache ends the loads under way': async ({ open }) => {
    const { cache } = await open()
    const source = gatedLoad()
    const caller = rejects(() => cache.getOrSet('k', source.load), CacheClosedError, 'the caller')
    const context = await source.started
    await cache[Symbol.asyncDispose]()
    await caller
    equal(context.signal.aborted, true, "the load's signal")
    source.open('late')
  },
}
