/** Contract: walking over what is live. */
import { equal, equalInAnyOrder } from './assert.js'
import type { Cases } from './subject.js'

async function collected<E>(elements: AsyncIterable<E>): Promise<E[]> {
  const all: E[] = []
  for await (const element of elements) all.push(element)
  return all
}

export const iterationCases: Cases = {
  'items, keys, values and the cache itself show each live entry once': async ({ open }) => {
    const { cache } = await open()
    equal(await collected(cache.items()), [], 'items of an empty cache')
    const entries: [string, unknown][] = Array.from({ length: 50 }, (_, index) => [`key ${index}`, { index }])
    await cache.setMany(entries)
    await cache.set('key 0', { index: 0 })
    equalInAnyOrder(await collected(cache.items()), entries, 'items')
    equalInAnyOrder(await collected(cache), entries, 'the cache itself')
    equalInAnyOrder(
      await collected(cache.keys()),
      entries.map(([key]) => key),
      'keys',
    )
    equalInAnyOrder(
      await collected(cache.values()),
      entries.map(([, value]) => value),
      'values',
    )
  },

  'what expired, was deleted or was cleared is not shown': async ({ open }) => {
    const { cache, advance } = await open()
    await cache.set('expired', 1, 10)
    await cache.set('deleted', 2)
    await cache.set('tagged', 3, { tags: ['t'] })
    await cache.set('live', 4, 100)
    await cache.delete('deleted')
    await cache.deleteByTag('t')
    await advance(10_000)
    equal(await collected(cache.items()), [['live', 4]], 'items')
    equal(await collected(cache.keys()), ['live'], 'keys')
    equal(await collected(cache.values()), [4], 'values')
    await cache.clear()
    equal(await collected(cache.items()), [], 'items after clear')
  },

  'odd keys and falsy values are shown as they are': async ({ open }) => {
    const { cache } = await open()
    const entries: [string, unknown][] = [
      ['__proto__', null],
      ['a:b/c', 0],
      ['{t}ü😀', ''],
      ['*?[a]', false],
    ]
    await cache.setMany(entries)
    equalInAnyOrder(await collected(cache.items()), entries, 'items')
  },

  'a namespace shows its own, and its parent does not show it': async ({ open }) => {
    const { cache } = await open()
    const view = cache.namespace('view')
    await cache.set('outside', 1)
    await view.set('inside', 2)
    await view.namespace('nested').set('deep', 3)
    equal(await collected(cache.items()), [['outside', 1]], 'items of the parent')
    equal(await collected(view.items()), [['inside', 2]], 'items of the namespace')
    equal(await collected(view.namespace('nested').keys()), ['deep'], 'keys of the nested one')
  },

  'entries may be deleted, and a walk left, on the way': async ({ open }) => {
    const { cache } = await open()
    const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`)
    await cache.setMany(keys.map((key) => [key, 1] as const))
    for await (const key of cache.keys()) {
      equal(keys.includes(key), true, `'${key}' is one of the keys`)
      break
    }
    const seen: string[] = []
    for await (const key of cache.keys()) {
      seen.push(key)
      await cache.delete(key)
    }
    equalInAnyOrder(seen, keys, 'the keys, each deleted when it was seen')
    equal(await collected(cache.items()), [], 'items afterwards')
  },
}
