import { TTLCache } from '@mtaio/core'
import { ManualClock } from '@mtaio/core/testing'
import { CacheConfigError, CacheKeyError } from '@mtaio/exceptions'
import ts from 'typescript'
import { beforeEach, describe, expect, it } from 'vitest'
import { argumentKey, cacheEvict, cachePut, withCache } from './index.js'

interface User {
  id: string
  name: string
}

let clock: ManualClock
let cache: TTLCache<User>
let stored: Map<string, User>
let reads: number

beforeEach(() => {
  clock = new ManualClock()
  cache = new TTLCache<User>({ clock })
  stored = new Map([['7', { id: '7', name: 'Ada' }]])
  reads = 0
})

const reader = () =>
  withCache(cache, { tags: () => ['users'] })(async function findUser(id: string): Promise<User | undefined> {
    reads++
    return stored.get(id)
  })

describe('cachePut', () => {
  const writer = (find: ReturnType<typeof reader>) =>
    cachePut(cache, { key: (user: User) => find.keyOf(user.id), ttl: '10s', tags: (_user: User, id: string) => [id] })(
      async function renameUser(id: string, name: string): Promise<User> {
        const user = { id, name }
        stored.set(id, user)
        return user
      },
    )

  it('runs each time, and puts the result where readers look', async () => {
    const find = reader()
    const rename = writer(find)
    expect((await find('7'))?.name).toBe('Ada')
    expect((await rename('7', 'Grace')).name).toBe('Grace')
    expect((await rename('7', 'Barbara')).name).toBe('Barbara')
    expect((await find('7'))?.name).toBe('Barbara')
    expect(reads).toBe(1)
  })

  it('stores with ttl and tags', async () => {
    const find = reader()
    await writer(find)('7', 'Grace')
    expect(await cache.ttl(find.keyOf('7'))).toBe(10)
    await cache.deleteByTag('7')
    expect(await cache.has(find.keyOf('7'))).toBe(false)
  })

  it('keeps name, length and `this`', async () => {
    const put = cachePut(cache, { key: () => 'k' })(async function make(this: { name: string }, id: string) {
      return { id, name: this.name }
    })
    expect([put.name, put.length]).toEqual(['make', 1])
    expect(await put.call({ name: 'n' }, '1')).toEqual({ id: '1', name: 'n' })
  })

  it('does not store undefined, nor what `unless` names, nor after a failure', async () => {
    const results = [undefined, { id: '1', name: 'bad' }, new Error('no')]
    const put = cachePut(cache, { key: () => 'k', unless: (user: User) => user.name === 'bad' })(
      async function next(): Promise<User | undefined> {
        const result = results.shift()
        if (result instanceof Error) throw result
        return result
      },
    )
    expect(await put()).toBeUndefined()
    expect((await put())?.name).toBe('bad')
    await expect(put()).rejects.toThrow('no')
    expect([...cache.sync.keys()]).toEqual([])
  })

  it('does not store what `when` leaves out, by the arguments', async () => {
    const put = cachePut(cache, { key: (user: User) => user.id, when: (id: string) => id !== '1' })(async function make(
      id: string,
    ) {
      return { id, name: 'n' }
    })
    expect(await put('1')).toEqual({ id: '1', name: 'n' })
    await put('2')
    expect([...cache.sync.keys()]).toEqual(['2'])
  })

  it('takes an anonymous function: its name is no part of a key', async () => {
    await cachePut(cache, { key: () => 'k' })(async () => ({ id: '1', name: 'n' }))()
    expect(await cache.has('k')).toBe(true)
  })

  it('hands on what the cache refuses', async () => {
    const put = cachePut(cache, { key: () => '' })(async () => ({ id: '1', name: 'n' }))
    await expect(put()).rejects.toThrow(CacheKeyError)
  })

  it('refuses options out of contract', () => {
    const put = (options: unknown) => () => cachePut(cache, options as { key: () => string })
    expect(put({})).toThrow(/cachePut needs `key`/)
    expect(put({ key: 'k' })).toThrow('key must be a function, not string')
    expect(put({ key: () => 'k', tttl: 5 })).toThrow(/no option 'tttl': did you mean 'ttl'/)
    expect(put({ key: () => 'k', ttl: -1 })).toThrow(CacheConfigError)
    expect(() => cachePut({} as never, { key: () => 'k' })).toThrow(/cachePut needs a cache/)
  })

  it('checks the parameters of its options when it is compiled', () => {
    const make = async (id: string): Promise<User> => ({ id, name: '' })
    cachePut(cache, { key: (user: User, id: string) => user.id + id })(make)
    // @ts-expect-error: an id is a string
    cachePut(cache, { key: (user: User, id: number) => user.id + id })(make)
    // @ts-expect-error: the result comes first
    cachePut(cache, { key: (id: string) => id })(make)
    // @ts-expect-error: an id is a string
    cachePut(cache, { key: () => 'k', when: (id: number) => id > 0 })(make)
    // @ts-expect-error: a cache of users keeps no numbers
    cachePut(cache, { key: () => 'k' })(async () => 7)
  })
})

describe('cacheEvict', () => {
  const remover = (find: ReturnType<typeof reader>) =>
    cacheEvict(cache, { keys: (_removed: boolean, id: string) => find.keyOf(id) })(async function removeUser(
      id: string,
    ) {
      return stored.delete(id)
    })

  it('removes the key once the function has returned', async () => {
    const find = reader()
    await find('7')
    expect(await remover(find)('7')).toBe(true)
    expect(await find('7')).toBeUndefined()
    expect(reads).toBe(2)
  })

  it('removes several keys, tags, or everything', async () => {
    const fill = () => cache.setMany({ a: user('a'), b: user('b'), c: user('c'), d: user('d') })
    await fill()
    await cache.set('d', user('d'), { tags: ['t:x'] })
    await cacheEvict(cache, { keys: () => ['a', 'b'], tags: (_: void, name: string) => [`t:${name}`] })(
      async (_name: string) => {},
    )('x')
    expect([...cache.sync.keys()]).toEqual(['c'])
    await fill()
    await cacheEvict(cache, { all: true })(() => 'done')()
    expect([...cache.sync.keys()]).toEqual([])
  })

  it('keeps everything when the function fails', async () => {
    await cache.set('a', user('a'))
    const evict = cacheEvict(cache, { all: true })(async () => {
      throw new Error('no')
    })
    await expect(evict()).rejects.toThrow('no')
    expect(await cache.has('a')).toBe(true)
  })

  it('removes all of a namespace, and nothing beside', async () => {
    await cache.set('a', user('a'))
    const view = cache.namespace('users')
    await view.set('a', user('a'))
    await cacheEvict(view, { all: true })(async () => {})()
    expect([await view.has('a'), await cache.has('a')]).toEqual([false, true])
  })

  it('with `before` removes ahead of the run, and so also when the function fails', async () => {
    const seen: unknown[] = []
    await cache.setMany({ a: user('a'), b: user('b') })
    await cache.set('c', user('c'), { tags: ['t'] })
    const evict = cacheEvict(cache, {
      before: true,
      keys: (result: undefined, id: string) => {
        seen.push(result)
        return id
      },
      tags: () => ['t'],
    })(async (_id: string) => {
      seen.push([...cache.sync.keys()])
      throw new Error('no')
    })
    await expect(evict('a')).rejects.toThrow('no')
    expect(seen).toEqual([undefined, ['b']])
  })

  it('removes nothing where `when` or `unless` says so', async () => {
    await cache.setMany({ a: user('a'), b: user('b') })
    const evict = cacheEvict(cache, {
      keys: (_: boolean, id: string) => id,
      when: (id: string) => id !== 'a',
      unless: (removed: boolean) => !removed,
    })(async function remove(id: string): Promise<boolean> {
      return stored.delete(id)
    })
    await evict('a')
    await evict('b')
    expect([...cache.sync.keys()]).toEqual(['a', 'b'])
    stored.set('b', user('b'))
    await evict('b')
    expect([...cache.sync.keys()]).toEqual(['a'])
  })

  it('with `before` heeds `when`, and cannot know `unless`', async () => {
    await cache.set('a', user('a'))
    await cacheEvict(cache, { all: true, before: true, when: () => false })(async () => {})()
    expect(await cache.has('a')).toBe(true)
    expect(() => cacheEvict(cache, { all: true, before: true, unless: () => true })).toThrow(
      /cannot heed `unless` with `before`/,
    )
  })

  it('with `before` does not run the function where removing fails', async () => {
    let runs = 0
    const evict = cacheEvict(cache, { before: true, keys: () => '' })(async () => {
      runs++
    })
    await expect(evict()).rejects.toThrow(CacheKeyError)
    expect(runs).toBe(0)
  })

  it('keeps out of the cache what was being read before', async () => {
    const find = reader()
    let answer!: (user: User) => void
    const slow = withCache(cache, { namespace: 'findUser' })(
      (_id: string) => new Promise<User>((resolve) => (answer = resolve)),
    )
    const old = slow('7')
    await Promise.resolve()
    await remover(find)('7')
    answer({ id: '7', name: 'old' })
    expect((await old).name).toBe('old')
    expect(await cache.has(find.keyOf('7'))).toBe(false)
  })

  it('refuses options out of contract', () => {
    const evict = (options: unknown) => () => cacheEvict(cache, options as { all: true })
    expect(evict({})).toThrow(/it would remove nothing/)
    expect(evict({ all: false })).toThrow(/it would remove nothing/)
    expect(evict({ all: 'yes' })).toThrow('all must be true or false, not string')
    expect(evict({ all: true, before: 1 })).toThrow('before must be true or false, not number')
    expect(evict({ before: true })).toThrow(/it would remove nothing/)
    expect(evict({ keys: 'k' })).toThrow('keys must be a function, not string')
    expect(evict({ key: () => 'k' })).toThrow(/no option 'key': did you mean 'keys'/)
  })

  it('checks the parameters of its options when it is compiled', () => {
    const remove = async (id: string): Promise<boolean> => stored.delete(id)
    cacheEvict(cache, { keys: (removed: boolean, id: string) => (removed ? [id] : []) })(remove)
    cacheEvict(cache, { keys: (removed: number, id: string) => `${removed}${id}` })(async function length(id: string) {
      return id.length
    })
    // @ts-expect-error: the result is a boolean
    cacheEvict(cache, { keys: (removed: number) => `${removed}` })(remove)
    cacheEvict(cache, { before: true, keys: (_: void, id: string) => id })(remove)
    // @ts-expect-error: there is no result before the function has run
    cacheEvict(cache, { before: true, keys: (removed: boolean) => `${removed}` })(remove)
    cacheEvict(cache, { all: true, unless: (removed: boolean) => !removed, when: (id: string) => id !== '' })(remove)
    // @ts-expect-error: the result is a boolean
    cacheEvict(cache, { all: true, unless: (removed: number) => removed > 0 })(remove)
    // @ts-expect-error: an id is a string
    cacheEvict(cache, { all: true, when: (id: number) => id > 0 })(remove)
    // @ts-expect-error: an id is a string
    cacheEvict(cache, { tags: (_removed: boolean, id: number) => [`${id}`] })(remove)
  })
})

describe.each(['standard', 'experimental'])('methods under %s decorators', (convention) => {
  it('put and evict what another reads', async () => {
    const source = `
      class Users {
        constructor(stored) { this.stored = stored }
        @withCache(cache) async find(id) { return this.stored.get(id) }
        @cachePut(cache, { key: (user) => argumentKey('Users.find', [user.id]) })
        async save(user) { this.stored.set(user.id, user); return user }
        @cacheEvict(cache, { keys: (_, id) => argumentKey('Users.find', [id]) })
        async remove(id) { this.stored.delete(id) }
      }
      return new Users(stored)
    `
    const { outputText } = ts.transpileModule(`function run() {${source}}`, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, experimentalDecorators: convention === 'experimental' },
    })
    const named = { withCache, cachePut, cacheEvict, argumentKey, cache, stored }
    const users: {
      find(id: string): Promise<User | undefined>
      save(user: User): Promise<User>
      remove(id: string): Promise<void>
    } = new Function(...Object.keys(named), `${outputText}; return run()`)(...Object.values(named))

    expect(await users.find('7')).toEqual({ id: '7', name: 'Ada' })
    await users.save({ id: '7', name: 'Grace' })
    stored.set('7', { id: '7', name: 'written behind the cache' })
    expect(await users.find('7')).toEqual({ id: '7', name: 'Grace' })
    await users.remove('7')
    expect(await users.find('7')).toBeUndefined()
  })
})

function user(id: string): User {
  return { id, name: id }
}
