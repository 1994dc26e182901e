/**
 * Contract: everything at once, or nothing. Keys share the placement tag `{t}`, so that a cluster can keep them together.
 */
import { CacheConfigError, CacheTransactionError, CacheValueError } from '@mtaio/exceptions'
import type { Cache } from '../../cache.js'
import type { CacheStats } from '../../stats/cache-stats.js'
import { equal, rejects, rejectsWith } from './assert.js'
import { BAD_DURATIONS } from './bad-input.js'
import type { Cases } from './subject.js'

const A = '{t}a'
const B = '{t}b'
const C = '{t}c'

const valuesOf = async (cache: Cache<unknown>) => [...(await cache.getMany([A, B, C])).values()]

export const transactionCases: Cases = {
  'a transaction commits when its body returns, and answers what the body does': async ({ open }) => {
    const { cache } = await open()
    await cache.setMany({ [A]: 1, [B]: 2 })
    const answer = await cache.transaction(async (txn) => {
      await txn.set(A, 'changed')
      await txn.delete(B)
      await txn.setMany({ [C]: 'new' })
      return 'answer'
    })
    equal(answer, 'answer', 'the answer')
    equal(await valuesOf(cache), ['changed', undefined, 'new'], 'the values')
    equal(await cache.transaction(() => 'at once'), 'at once', 'the answer of a body without a promise')
  },

  'a body that throws rolls everything back, and its error comes through': async ({ open }) => {
    const { cache } = await open()
    await cache.set(A, 'kept')
    const failure = new Error('changed my mind')
    const outcome = cache.transaction(async (txn) => {
      await txn.set(A, 'changed')
      await txn.set(B, 'new')
      throw failure
    })
    await rejectsWith(outcome, failure, 'the transaction')
    const thrower = () => {
      throw failure
    }
    await rejectsWith(cache.transaction(thrower), failure, 'a body that throws at once')
    equal(await valuesOf(cache), ['kept', undefined, undefined], 'the values')
  },

  'reads see what stands outside and what the transaction itself wrote': async ({ open }) => {
    const { cache } = await open()
    await cache.setMany({ [A]: 'outside', [B]: null })
    await cache.transaction(async (txn) => {
      equal(await txn.get(A), 'outside', 'get, before')
      equal(await txn.get(B, 'default'), null, 'get of null, with a default')
      equal(await txn.get(C), undefined, 'get of an absent key')
      equal(await txn.get(C, 'default'), 'default', 'get of an absent key, with a default')
      equal([await txn.has(A), await txn.has(C)], [true, false], 'has, before')
      await txn.set(A, 'inside')
      await txn.set(C, 0)
      equal(await txn.delete(B), true, 'delete of what stands outside')
      equal(await txn.delete(B), false, 'delete of what was deleted')
      equal(await txn.get(A), 'inside', 'get of what was set')
      equal(await txn.get(B), undefined, 'get of what was deleted')
      equal([await txn.has(A), await txn.has(B), await txn.has(C)], [true, false, true], 'has, afterwards')
      equal(
        [...(await txn.getMany([C, B, A]))],
        [
          [C, 0],
          [B, undefined],
          [A, 'inside'],
        ],
        'getMany',
      )
      equal([...(await txn.getMany([B, A], 'default')).values()], ['default', 'inside'], 'getMany with a default')
      equal(await txn.delete(C), true, 'delete of what was set')
      equal(await txn.touch(C), false, 'touch of what was deleted')
      equal(await txn.touch(A), true, 'touch of what was set')
      await txn.set(B, 'again')
      equal(await txn.get(B), 'again', 'get of what was deleted and set')
    })
    equal(await valuesOf(cache), ['inside', 'again', undefined], 'the values')
  },

  'nothing is visible outside before the commit': async ({ open }) => {
    const { cache } = await open()
    await cache.setMany({ [A]: 'old', [B]: 'old' })
    await cache.transaction(async (txn) => {
      await txn.set(A, 'new')
      await txn.delete(B)
      await txn.set(C, 'new')
      equal(await valuesOf(cache), ['old', 'old', undefined], 'the values from outside')
      equal(await cache.has(C), false, 'has, from outside')
    })
    equal(await valuesOf(cache), ['new', undefined, 'new'], 'the values after the commit')
  },

  'writes in a transaction take TTL and tags, and the default else': async ({ open }) => {
    const { cache, advance } = await open({ defaultTtl: 100 })
    await cache.set(C, 1, 10)
    await cache.transaction(async (txn) => {
      await txn.set(A, 1, '10s')
      await txn.set(B, 1, { tags: ['t'] })
      equal(await txn.touch(C, 1_000), true, 'touch')
    })
    await advance(10_000)
    equal(await valuesOf(cache), [undefined, 1, 1], 'the values after ten seconds')
    await cache.deleteByTag('t')
    equal(await cache.get(B), undefined, 'the tagged value after its tag was deleted')
    await cache.transaction((txn) => txn.set(A, 2))
    await advance(100_000)
    equal(await valuesOf(cache), [undefined, undefined, 1], 'the values after the default TTL')
  },

  'a rolled-back transaction leaves values, TTLs and statistics as if it had not been': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.set(A, 'kept', 10)
    const before = counted(cache.getStats())
    const txn = cache.transaction()
    await txn.get(A)
    await txn.get(B)
    await txn.touch(A, 1_000)
    await txn.set(B, 1)
    await txn.delete(A)
    await txn.rollback()
    equal(counted(cache.getStats()), before, 'the statistics')
    equal(await cache.get(A), 'kept', 'the value')
    await advance(10_000)
    equal(await cache.get(A), undefined, 'the value after its own TTL')
  },

  'bad input is refused inside, and nothing of the call is staged': async ({ open }) => {
    const { cache } = await open()
    await cache.transaction(async (txn) => {
      await txn.set(A, 'kept')
      await rejects(() => txn.set(A, undefined), CacheValueError, 'set of undefined')
      await rejects(() => txn.setMany({ [A]: 1, [B]: undefined }), CacheValueError, 'setMany with undefined')
      for (const ttl of BAD_DURATIONS) {
        await rejects(() => txn.set(A, 1, ttl as number), CacheConfigError, `set with a TTL of ${String(ttl)}`)
        await rejects(() => txn.setMany({ [A]: 1 }, ttl as number), CacheConfigError, `setMany with ${String(ttl)}`)
        await rejects(() => txn.touch(A, ttl as number), CacheConfigError, `touch with a TTL of ${String(ttl)}`)
      }
      equal(await txn.get(A), 'kept', 'the staged value')
    })
    equal(await valuesOf(cache), ['kept', undefined, undefined], 'the values')
    for (const retries of [-1, 1.5, Number.NaN, '1', null, {}]) {
      const call = () => cache.transaction(() => 1, { retries: retries as number })
      await rejects(call, CacheConfigError, `${String(retries)} retries`)
    }
    await rejects(() => cache.transaction(() => 1, { retry: 1 } as never), CacheConfigError, 'an unknown option')
  },
}

export const explicitTransactionCases: Cases = {
  'an opened transaction needs its commit': async ({ open }) => {
    const { cache } = await open()
    const committed = cache.transaction()
    await committed.set(A, 'committed')
    equal(await cache.has(A), false, 'the key before the commit')
    await committed.commit()
    await committed[Symbol.asyncDispose]()
    equal(await cache.get(A), 'committed', 'the value after the commit')

    const left = cache.transaction()
    await left.set(B, 'left')
    await left[Symbol.asyncDispose]()
    equal(await cache.has(B), false, 'the key of one that was left without a commit')

    const rolledBack = cache.transaction()
    await rolledBack.set(C, 'rolled back')
    await rolledBack.rollback()
    await rolledBack[Symbol.asyncDispose]()
    equal(await cache.has(C), false, 'the key of one that was rolled back')
  },

  'after its end a transaction refuses every call': async ({ open }) => {
    const { cache } = await open()
    const [committed, rolledBack, disposed] = [cache.transaction(), cache.transaction(), cache.transaction()]
    await committed.commit()
    await rolledBack.rollback()
    await disposed[Symbol.asyncDispose]()
    for (const txn of [committed, rolledBack, disposed]) {
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        get: () => txn.get(A),
        getMany: () => txn.getMany([A]),
        has: () => txn.has(A),
        set: () => txn.set(A, 1),
        setMany: () => txn.setMany({ [A]: 1 }),
        delete: () => txn.delete(A),
        touch: () => txn.touch(A),
        commit: () => txn.commit(),
      }
      for (const [verb, call] of Object.entries(calls)) {
        await rejects(call, CacheTransactionError, `${verb} after the end`, { code: 'CLOSED' })
      }
    }
    equal(await cache.has(A), false, 'the key')
  },
}

export const conflictCases: Cases = {
  'what was read and then changed by another is a conflict that names the key': async ({ open }) => {
    const { cache, advance } = await open()
    const changes: Readonly<Record<string, () => unknown>> = {
      set: () => cache.set(A, 'changed'),
      'set to an equal value': () => cache.set(A, 'read'),
      delete: () => cache.delete(A),
      setMany: () => cache.setMany({ [A]: 'changed' }),
      deleteByTag: () => cache.deleteByTag('t'),
      deleteByTags: () => cache.deleteByTags(['u', 't']),
      expireByTag: () => cache.expireByTag('t'),
      deleteByPrefix: () => cache.deleteByPrefix(A),
      clear: () => cache.clear(),
      expiry: () => advance(10_000),
      'another transaction': () => cache.transaction((txn) => txn.set(A, 'changed')),
    }
    for (const [change, apply] of Object.entries(changes)) {
      await cache.set(A, 'read', { ttl: 10, tags: ['t'] })
      const txn = cache.transaction()
      equal(await txn.get(A), 'read', 'what was read')
      await txn.set(B, 'never')
      await apply()
      const standing = await cache.get(A)
      await rejects(() => txn.commit(), CacheTransactionError, `commit after ${change}`, {
        code: 'CONFLICT',
        keys: [A],
      })
      equal([await cache.get(A), await cache.get(B)], [standing, undefined], `the values after ${change}`)
    }
  },

  'a key that was read as absent, and came, is a conflict': async ({ open }) => {
    const { cache } = await open()
    for (const read of ['get', 'has', 'touch', 'delete'] as const) {
      const txn = cache.transaction()
      await txn[read](A)
      await txn.set(B, 'never')
      await cache.set(A, 'came')
      await rejects(() => txn.commit(), CacheTransactionError, `commit after ${read}`, { code: 'CONFLICT', keys: [A] })
      equal(await valuesOf(cache), ['came', undefined, undefined], 'the values')
      await cache.delete(A)
    }
  },

  'what was only written is no conflict, and the later commit stays': async ({ open }) => {
    const { cache } = await open()
    const [first, second] = [cache.transaction(), cache.transaction()]
    await first.set(A, 'first')
    await second.set(A, 'second')
    await cache.set(A, 'outside')
    await first.commit()
    await second.commit()
    equal(await cache.get(A), 'second', 'the value')
  },

  'of two that read and write the same, one commits': async ({ open }) => {
    const { cache } = await open()
    await cache.set(A, 1)
    const [first, second] = [cache.transaction(), cache.transaction()]
    for (const txn of [first, second]) await txn.set(A, ((await txn.get(A)) as number) + 1)
    await first.commit()
    await rejects(() => second.commit(), CacheTransactionError, 'the second commit', { code: 'CONFLICT' })
    equal(await cache.get(A), 2, 'the value')
  },

  'a conflict is not run again unless asked, and then as often as asked': async ({ open }) => {
    const { cache } = await open()
    const disturbed = async (times: number, retries: number | undefined) => {
      await cache.set(A, 0)
      let runs = 0
      const outcome = cache.transaction(
        async (txn) => {
          const value = (await txn.get(A)) as number
          runs++
          if (runs <= times) await cache.set(A, runs * 10)
          await txn.set(A, value + 1)
          return runs
        },
        retries === undefined ? undefined : { retries },
      )
      return { outcome, runs: () => runs }
    }
    for (const retries of [undefined, 0]) {
      const { outcome, runs } = await disturbed(1, retries)
      await rejects(() => outcome, CacheTransactionError, 'without retries', { code: 'CONFLICT' })
      equal([runs(), await cache.get(A)], [1, 10], 'runs and the value, without retries')
    }
    const enough = await disturbed(2, 2)
    equal(await enough.outcome, 3, 'the answer of the third run')
    equal(await cache.get(A), 21, 'the value after the third run')
    const tooFew = await disturbed(3, 2)
    await rejects(() => tooFew.outcome, CacheTransactionError, 'with too few retries', { code: 'CONFLICT' })
    equal([tooFew.runs(), await cache.get(A)], [3, 30], 'runs and the value, with too few retries')
  },

  'an error of the body is not run again': async ({ open }) => {
    const { cache } = await open()
    let runs = 0
    const failure = new Error('mine')
    const outcome = cache.transaction(
      () => {
        runs++
        throw failure
      },
      { retries: 5 },
    )
    await rejectsWith(outcome, failure, 'the transaction')
    equal(runs, 1, 'runs')
  },
}

/** What every cache counts; how its nodes fare, where it has any, goes on meanwhile. */
function counted({ hits, misses, items, sets, deletes, loads, loadFailures, weight }: CacheStats): Partial<CacheStats> {
  return { hits, misses, items, sets, deletes, loads, loadFailures, weight }
}
