/** Contract: a key is explained: why it is there, or why not. */
import { CacheKeyError } from '@mtaio/exceptions'
import type { Cache } from '../../cache.js'
import type { LastRemoval } from '../../inspection.js'
import { ContractViolation, equal, rejects } from './assert.js'
import { BAD_KEYS } from './bad-input.js'
import { gatedLoad } from './gated-load.js'
import type { Cases } from './subject.js'

const STORED = { ttl: 600, tags: ['t', 'u'] }

/** What everybody tells of it, but for how long ago things were. */
async function said(cache: Cache<unknown>, key: string) {
  const { state, tags, isLoading, failure, removal } = await cache.inspect(key)
  const facts = { state, tags: [...tags].sort(), isLoading, failure, removal: removal && causeOf(removal) }
  return { ...facts, key: (await cache.inspect(key)).key }
}

function causeOf({ cause, by }: LastRemoval) {
  return { cause, by }
}

function between(actual: number | undefined, least: number, most: number, what: string): void {
  if (actual !== undefined && actual >= least && actual <= most) return
  throw new ContractViolation(`${what}: expected ${least} to ${most}, got ${actual}`)
}

const QUIET = { isLoading: false, failure: undefined, removal: undefined }

export const explanationCases: Cases = {
  'a live key has a tier, the life that it has left, and its tags': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', null, STORED)
    equal(await said(cache, 'k'), { key: 'k', state: 'live', tags: ['t', 'u'], ...QUIET }, 'the explanation')
    const { tier, ttl } = await cache.inspect('k')
    equal([typeof tier, tier !== ''], ['string', true], 'whether the tier has a name')
    between(ttl, 500, 600, 'the life that it has left')
    await cache.get('k')
    equal(await said(cache, 'k'), { key: 'k', state: 'live', tags: ['t', 'u'], ...QUIET }, 'once it was read')
    await cache.set('for ever', 1, Number.POSITIVE_INFINITY)
    equal((await cache.inspect('for ever')).ttl, Number.POSITIVE_INFINITY, 'the life of what never expires')
  },

  'a key that never was there is absent, and nothing removed it': async ({ open }) => {
    const { cache } = await open()
    await cache.set('other', 1)
    equal(await said(cache, 'k'), { key: 'k', state: 'absent', tags: [], ...QUIET }, 'the explanation')
    const { tier, age, ttl, weight } = await cache.inspect('k')
    equal([tier, age, ttl, weight], [undefined, undefined, undefined, undefined], 'tier, age, life and weight')
  },

  'what has expired is not live, and what was stored again is': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.set('k', 1, 10)
    await advance(11_000)
    equal((await cache.inspect('k')).state === 'live', false, 'whether it is live')
    const { removal } = await cache.inspect('k')
    equal(removal && causeOf(removal), { cause: 'expired', by: undefined }, 'what ended it')
    between(removal?.ago, 1, 60, 'seconds since then')
    await cache.set('k', 2, 10)
    equal((await cache.inspect('k')).state, 'live', 'the state of what was stored again')
  },

  'asking is no use, is counted nowhere and stores nothing': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', 1)
    const counted = () => {
      const { hits, misses, sets, loads } = cache.getStats()
      return { hits, misses, sets, loads }
    }
    const before = counted()
    await cache.inspect('k')
    await cache.inspect('absent')
    equal(counted(), before, 'the statistics')
    equal([await cache.has('k'), await cache.has('absent')], [true, false], 'what is there')
  },

  'a load under way is told of, and so is a failure that is remembered': async ({ open }) => {
    const { cache } = await open()
    const source = gatedLoad()
    const caller = cache.getOrSet('k', source.load, { negativeTtl: 60 })
    caller.catch(() => undefined)
    await source.started
    equal(await said(cache, 'k'), { key: 'k', state: 'absent', tags: [], ...QUIET, isLoading: true }, 'meanwhile')
    const down = new Error('down')
    source.fail(down)
    await rejects(() => caller, Error, 'the caller', { message: 'down' })
    const { failure, isLoading, state } = await cache.inspect('k')
    equal([failure?.error === down, isLoading, state], [true, false, 'absent'], 'afterwards')
    between(failure?.ttl, 30, 60, 'how long the failure is remembered')
    await cache.set('k', 1)
    equal(await said(cache, 'k'), { key: 'k', state: 'live', tags: [], ...QUIET }, 'once it was stored')
  },

  'a namespace and its parent explain their own keys': async ({ open }) => {
    const { cache } = await open()
    const view = cache.namespace('n')
    await view.set('k', 1, STORED)
    equal((await cache.inspect('k')).state, 'absent', 'above')
    equal(await said(view, 'k'), { key: 'k', state: 'live', tags: ['t', 'u'], ...QUIET }, 'below')
  },

  'what is no key is refused': async ({ open }) => {
    const { cache } = await open()
    for (const key of BAD_KEYS) {
      await rejects(() => cache.inspect(key as never), CacheKeyError, `inspect of ${String(key)}`)
    }
  },
}

/** Of a cache that keeps what removed its keys. */
export const removalCases: Cases = {
  'what removed a key last is named, with the tag or the prefix by which that was': async ({ open }) => {
    const { cache, advance } = await open()
    const removals: Readonly<Record<string, readonly [() => Promise<unknown>, object]>> = {
      delete: [() => cache.delete('k:1'), { cause: 'deleted', by: undefined }],
      deleteMany: [() => cache.deleteMany(['k:1', 'k:2']), { cause: 'deleted', by: undefined }],
      deleteByTag: [() => cache.deleteByTag('t'), { cause: 'deleted', by: { tag: 't' } }],
      deleteByTags: [() => cache.deleteByTags(['nobody has it', 'u']), { cause: 'deleted', by: { tag: 'u' } }],
      deleteByPrefix: [() => cache.deleteByPrefix('k:'), { cause: 'deleted', by: { prefix: 'k:' } }],
      clear: [() => cache.clear(), { cause: 'cleared', by: undefined }],
    }
    for (const [verb, [remove, told]] of Object.entries(removals)) {
      await cache.set('k:1', 1, STORED)
      await remove()
      await advance(3_000)
      const { state, tags, removal } = await cache.inspect('k:1')
      equal([state, tags], ['absent', []], `the state after ${verb}`)
      equal(removal && causeOf(removal), told, `what removed it, after ${verb}`)
      between(removal?.ago, 3, 60, `seconds since ${verb}`)
    }
  },

  'a tag that ended a life is named': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', 1, STORED)
    await cache.expireByTag('u')
    const { state, removal } = await cache.inspect('k')
    equal(state === 'live', false, 'whether it is live')
    equal(removal && causeOf(removal), { cause: 'expired', by: { tag: 'u' } }, 'what ended it')
  },
}

/** Of a cache whose time stands still, too. */
export const exactAgeCases: Cases = {
  'age counts from when it was stored, the life left from the last touch, removals from when they were': async ({
    open,
  }) => {
    const { cache, advance } = await open()
    await cache.set('k', 1, 100)
    await advance(2_500)
    await cache.touch('k', 20)
    await advance(1_000)
    const { age, ttl } = await cache.inspect('k')
    equal([age, ttl], [3.5, 19], 'age and life left')
    await cache.delete('k')
    await advance(1_500)
    equal((await cache.inspect('k')).removal?.ago, 1.5, 'seconds since it was deleted')
  },
}
