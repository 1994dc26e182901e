/** Contract: what carries a tag can be deleted by it. */
import { CacheConfigError } from '@mtaio/exceptions'
import { equal, rejects } from './assert.js'
import { BAD_TAGS } from './bad-input.js'
import type { Cases } from './subject.js'

export const tagCases: Cases = {
  'deleteByTag deletes what carries the tag, and nothing else': async ({ open }) => {
    const { cache } = await open()
    await cache.set('both', 1, { tags: ['red', 'blue'] })
    await cache.set('red', 2, { tags: ['red'] })
    await cache.set('blue', 3, { tags: ['blue'] })
    await cache.set('none', 4)
    await cache.deleteByTag('red')
    const left = await cache.getMany(['both', 'red', 'blue', 'none'])
    equal([...left.values()], [undefined, undefined, 3, 4], 'the values')
    equal(await cache.has('both'), false, 'has')
    equal(await cache.ttl('both'), undefined, 'ttl')
    equal(await cache.delete('red'), false, 'delete')
    await cache.deleteByTag('nobody carries it')
    equal(await cache.get('blue'), 3, 'a value after the deletion of an unknown tag')
  },

  'what is stored after deleteByTag lives, though it carries the same tag': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', 'old', { tags: ['t'] })
    await cache.deleteByTag('t')
    await cache.set('k', 'new', { tags: ['t'] })
    await cache.set('other', 'new', { tags: ['t'] })
    equal([await cache.get('k'), await cache.get('other')], ['new', 'new'], 'the values')
    await cache.deleteByTag('t')
    equal([await cache.get('k'), await cache.get('other')], [undefined, undefined], 'the values, deleted again')
  },

  'the tags of an entry are those of its last write': async ({ open }) => {
    const { cache } = await open()
    await cache.set('retagged', 1, { tags: ['old'] })
    await cache.set('retagged', 2, { tags: ['new'] })
    await cache.set('untagged', 1, { tags: ['old'] })
    await cache.set('untagged', 2)
    await cache.deleteByTag('old')
    equal([await cache.get('retagged'), await cache.get('untagged')], [2, 2], 'after the old tag was deleted')
    await cache.deleteByTag('new')
    equal([await cache.get('retagged'), await cache.get('untagged')], [undefined, 2], 'after the new one was')
  },

  'a tag is any text, repeated or not': async ({ open }) => {
    const { cache } = await open()
    const tags = ['__proto__', 'constructor', 'a:b', 'a/b', ' ', 'ü😀', '{t}', '*']
    for (const tag of tags) {
      await cache.set('k', 1, { tags: [tag, tag] })
      await cache.set('other', 1, { tags: [`${tag} too`] })
      await cache.deleteByTag(tag)
      equal([await cache.get('k'), await cache.get('other')], [undefined, 1], `after the tag '${tag}' was deleted`)
    }
  },

  'tags are taken as they were when the value was stored': async ({ open }) => {
    const { cache } = await open()
    const tags = ['t']
    await cache.set('k', 1, { tags })
    tags[0] = 'changed'
    await cache.deleteByTag('changed')
    equal(await cache.get('k'), 1, 'after the changed tag was deleted')
    await cache.deleteByTag('t')
    equal(await cache.get('k'), undefined, 'after the original tag was deleted')
  },

  'what are no tags is a CacheConfigError and changes nothing': async ({ open }) => {
    const { cache } = await open()
    await cache.set('k', 'kept')
    for (const tags of BAD_TAGS) {
      const what = `with ${JSON.stringify(tags)} for tags`
      await rejects(() => cache.set('k', 1, { tags: tags as never }), CacheConfigError, `set ${what}`)
      await rejects(() => cache.getOrSet('new', () => 1, { tags: tags as never }), CacheConfigError, `getOrSet ${what}`)
    }
    for (const tag of ['', 1, null, undefined, ['t'], {}]) {
      await rejects(() => cache.deleteByTag(tag as never), CacheConfigError, `deleteByTag of ${String(tag)}`)
    }
    equal(await cache.get('k'), 'kept', 'the value')
    equal(await cache.has('new'), false, 'the key that was not loaded')
  },
}
