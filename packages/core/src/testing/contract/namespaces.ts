/** Contract: views with keys of their own. */
import { CacheClosedError, CacheConfigError } from '@mtaio/exceptions'
import { equal, rejects, throws } from './assert.js'
import type { Cases } from './subject.js'

export const namespaceCases: Cases = {
  'a namespace has keys of its own': async ({ open }) => {
    const { cache } = await open()
    const [a, b] = [cache.namespace('a'), cache.namespace('b')]
    await cache.set('k', 'parent')
    equal(await a.get('k'), undefined, "the parent's key in a namespace")
    await a.set('k', 'a')
    await b.set('k', 'b')
    equal([await cache.get('k'), await a.get('k'), await b.get('k')], ['parent', 'a', 'b'], 'one key in three places')
    equal(await a.delete('k'), true, 'delete in one')
    equal([await cache.get('k'), await a.get('k'), await b.get('k')], ['parent', undefined, 'b'], 'afterwards')
  },

  'no key of the parent is a key of a namespace, however it is written': async ({ open }) => {
    const { cache } = await open()
    await cache.namespace('a').set('k', 'inside')
    await cache.namespace('a').namespace('b').set('k', 'deeper')
    for (const key of ['a:k', 'a/k', '/a:k', 'a/b:k', ':a:k', '/a/b:k', 'b:k']) {
      equal(await cache.get(key), undefined, `the parent's key '${key}'`)
      equal(await cache.namespace('a').get(key), undefined, `the namespace's key '${key}'`)
    }
  },

  'namespaces nest, and the same name is the same entries': async ({ open }) => {
    const { cache } = await open()
    const nested = cache.namespace('a').namespace('b')
    await nested.set('k', 'nested')
    equal(await cache.namespace('a').namespace('b').get('k'), 'nested', 'asked for again')
    equal(await cache.namespace('b').get('k'), undefined, 'the same name elsewhere')
    equal(await cache.namespace('a').get('k'), undefined, 'one level up')
  },

  'clearing a namespace leaves parent and siblings alone': async ({ open }) => {
    const { cache } = await open()
    const [a, b] = [cache.namespace('a'), cache.namespace('b')]
    await Promise.all([cache, a, b, a.namespace('below')].map((each) => each.set('k', 1)))
    await a.clear()
    equal([await cache.get('k'), await b.get('k')], [1, 1], 'parent and sibling')
    equal([await a.get('k'), await a.namespace('below').get('k')], [undefined, undefined], 'it and what is below it')
    await a.set('k', 2)
    equal(await a.get('k'), 2, 'a value stored after clear')
  },

  'clearing the parent empties its namespaces': async ({ open }) => {
    const { cache } = await open()
    const nested = cache.namespace('a').namespace('b')
    await nested.set('k', 1)
    await cache.namespace('a').set('k', 1)
    await cache.clear()
    equal([await cache.namespace('a').get('k'), await nested.get('k')], [undefined, undefined], 'the values')
    await nested.set('k', 2)
    equal(await nested.get('k'), 2, 'a value stored after clear')
  },

  'a namespace has statistics of its own': async ({ open }) => {
    const { cache } = await open()
    const view = cache.namespace('a')
    await view.set('k', 1)
    await view.get('k')
    await view.get('absent')
    await cache.get('absent')
    const [inside, outside] = [view.getStats(), cache.getStats()]
    equal([inside.hits, inside.misses, inside.sets], [1, 1, 1], 'of the namespace')
    equal([outside.hits, outside.misses, outside.sets], [0, 1, 0], 'of the parent')
    view.resetStats()
    equal([view.getStats().hits, cache.getStats().misses], [0, 1], 'after resetStats of the namespace')
  },

  'a namespace has tags of its own': async ({ open }) => {
    const { cache } = await open()
    const view = cache.namespace('a')
    await cache.set('k', 'parent', { tags: ['t'] })
    await view.set('k', 'view', { tags: ['t'] })
    await view.deleteByTag('t')
    equal([await cache.get('k'), await view.get('k')], ['parent', undefined], 'after deleteByTag of the namespace')
    await view.set('k', 'view', { tags: ['t'] })
    await cache.deleteByTag('t')
    equal([await cache.get('k'), await view.get('k')], [undefined, 'view'], 'after deleteByTag of the parent')
  },

  'a namespace keeps the default TTL of its parent': async ({ open }) => {
    const { cache, advance } = await open({ defaultTtl: 10 })
    const view = cache.namespace('a')
    await view.set('k', 1)
    await advance(10_000)
    equal(await view.get('k'), undefined, 'the value')
  },

  'disposing a namespace closes the view and leaves the parent alone': async ({ open }) => {
    const { cache } = await open()
    const view = cache.namespace('a')
    await cache.set('k', 'parent')
    await view.set('k', 'view')
    await view[Symbol.asyncDispose]()
    await rejects(() => view.get('k'), CacheClosedError, 'the closed view')
    equal(await cache.get('k'), 'parent', 'the parent')
    await cache.namespace('a').set('k', 'again')
    equal(await cache.namespace('a').get('k'), 'again', 'the same name, asked for again')
  },

  'disposing the parent closes its namespaces': async ({ open }) => {
    const { cache } = await open()
    const view = cache.namespace('a')
    const nested = view.namespace('b')
    await cache[Symbol.asyncDispose]()
    await rejects(() => view.get('k'), CacheClosedError, 'a namespace')
    await rejects(() => nested.get('k'), CacheClosedError, 'a nested one')
  },

  'loads and transactions of a namespace stay in it': async ({ open }) => {
    const { cache } = await open()
    const view = cache.namespace('a')
    const [inside, outside] = await Promise.all([
      view.getOrSet('k', () => 'inside'),
      cache.getOrSet('k', () => 'outside'),
    ])
    equal([inside, outside], ['inside', 'outside'], 'two loads of one key at once')
    await view.transaction((txn) => txn.set('k', 'committed'))
    equal([await view.get('k'), await cache.get('k')], ['committed', 'outside'], 'after a transaction of the namespace')
  },

  "a namespace's name is a non-empty string without '/' and ':'": async ({ open }) => {
    const { cache } = await open()
    for (const name of ['', 'a/b', 'a:b', ':', '/', 1, null, undefined, {}]) {
      throws(() => cache.namespace(name as string), CacheConfigError, `the name ${String(name)}`)
    }
    for (const name of ['a b', '__proto__', 'constructor', 'ü😀', '{t}', '*', '.']) {
      const view = cache.namespace(name)
      await view.set('k', name)
      equal(await cache.namespace(name).get('k'), name, `the name '${name}'`)
    }
  },
}
