/** What compiles and what does not: `tsc` runs this file as much as the test runner does. */
import { type Cache, TTLCache } from '@mtaio/core'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type Cached, cachedMethod, withCache } from './index.js'

interface User {
  id: number
  name: string
}

const fresh = () => new TTLCache<unknown>()

async function findUser(id: number, _options?: { deep: boolean }): Promise<User> {
  return { id, name: `user ${id}` }
}

describe('the type of a wrapped function', () => {
  it('is that of the function', () => {
    const cached = withCache(fresh())(findUser)
    expectTypeOf(cached).toExtend<typeof findUser>()
    expectTypeOf(cached).parameters.toEqualTypeOf<[id: number, options?: { deep: boolean }]>()
    expectTypeOf(cached).returns.toEqualTypeOf<Promise<User>>()
    // @ts-expect-error: an id is a number
    void cached('7').catch(() => undefined)
    // @ts-expect-error: an id is needed
    void cached().catch(() => undefined)
  })

  it('gains controls with the same parameters', async () => {
    const cached = withCache(fresh())(findUser)
    expectTypeOf(cached.invalidate).parameters.toEqualTypeOf<[id: number, options?: { deep: boolean }]>()
    expectTypeOf(cached.invalidate).returns.toEqualTypeOf<Promise<boolean>>()
    expectTypeOf(cached.refresh).returns.toEqualTypeOf<Promise<User>>()
    expectTypeOf(cached.keyOf(7)).toEqualTypeOf<string>()
    expectTypeOf(cached.original).toEqualTypeOf<typeof findUser>()
    // @ts-expect-error: an id is a number
    expect(cached.keyOf('7')).not.toBe(cached.keyOf(7))
  })

  it('is a promise where the function was synchronous', () => {
    const cached = withCache(fresh())(function area(width: number, height: number) {
      return width * height
    })
    expectTypeOf(cached(2, 3)).toEqualTypeOf<Promise<number>>()
    expectTypeOf(cached).toExtend<Cached<(width: number, height: number) => number>>()
  })

  it('keeps type parameters', async () => {
    const cached = withCache(fresh())(async function same<V extends string>(value: V): Promise<V> {
      return value
    })
    expectTypeOf(await cached('a')).toEqualTypeOf<'a'>()
  })

  it('keeps overloads', async () => {
    function read(id: number): Promise<User>
    function read(name: string): Promise<string>
    async function read(given: number | string): Promise<User | string> {
      return typeof given === 'number' ? { id: given, name: '' } : given
    }
    const cached = withCache(fresh())(read)
    expectTypeOf(await cached(1)).toEqualTypeOf<User>()
    expectTypeOf(await cached('a')).toEqualTypeOf<string>()
    // @ts-expect-error: neither overload takes it
    void cached(true).catch(() => undefined)
  })

  it('keeps what the function wants as `this`', () => {
    const cached = withCache(fresh())(async function own(this: User) {
      return this.name
    })
    expectTypeOf<ThisParameterType<typeof cached>>().toEqualTypeOf<User>()
    // @ts-expect-error: nothing is no User
    void cached().catch(() => undefined)
  })

  it('must fit into the cache', () => {
    const users: Cache<User> = new TTLCache<User>()
    withCache(users)(findUser)
    withCache(users)(async function maybe(_id: number): Promise<User | undefined> {
      return undefined
    })
    // @ts-expect-error: a cache of users keeps no strings
    withCache(users)(async function text(): Promise<string> {
      return ''
    })
    withCache(users, { namespace: 'n', unless: (user) => user.name === '' })(findUser)
    // @ts-expect-error: a user has no age
    withCache(users, { namespace: 'm', unless: (user) => user.age === 0 })(findUser)
  })
})

describe('the parameters of options', () => {
  it('are those of the function, or fewer', () => {
    withCache(fresh(), { key: (id: number) => String(id) })(findUser)
    withCache(fresh(), { key: () => 'one' })(findUser)
    withCache(fresh(), {
      key: (id: number, options?: { deep: boolean }) => `${id}${options?.deep}`,
      tags: (id: number) => [`user:${id}`],
      when: () => true,
    })(findUser)
    withCache(fresh(), { key: (...args: unknown[]) => String(args) })(findUser)
    withCache(fresh(), { key: (id: number | string) => String(id) })(findUser)
  })

  it('are those of a function expression, too', () => {
    const cached = withCache(fresh(), { key: (id: number) => String(id), when: (id: number) => id > 0 })(
      async function find(id: number, deep?: boolean) {
        return { id, deep }
      },
    )
    expectTypeOf(cached).parameters.toEqualTypeOf<[id: number, deep?: boolean]>()
    expectTypeOf(cached).returns.resolves.toEqualTypeOf<{ id: number; deep: boolean | undefined }>()
    // @ts-expect-error: an id is a number
    withCache(fresh(), { key: (id: string) => id })(async function find(id: number) {
      return id
    })
    // @ts-expect-error: an id is a number
    withCache(fresh(), { key: (id: string) => id, namespace: 'n' })(async (id: number) => id)
  })

  it('do not compile otherwise', () => {
    // @ts-expect-error: an id is a number
    withCache(fresh(), { key: (id: string) => id })(findUser)
    // @ts-expect-error: there are two arguments at most, and the second is no number
    withCache(fresh(), { key: (id: number, page: number) => `${id}${page}` })(findUser)
    // @ts-expect-error: an id is a number
    withCache(fresh(), { tags: (id: string) => [id] })(findUser)
    // @ts-expect-error: an id is a number
    withCache(fresh(), { when: (id: string) => id !== '' })(findUser)
    // @ts-expect-error: a key is a string
    withCache(fresh(), { key: (id: number) => id })(findUser)
    // @ts-expect-error: tags are strings
    withCache(fresh(), { tags: (id: number) => [id] })(findUser)
  })
})

describe('cachedMethod', () => {
  it('has the types of the method', () => {
    class Users {
      async find(id: number): Promise<User> {
        return findUser(id)
      }
      count = 7
    }
    const typesOnly = (users: Users) => {
      const controls = cachedMethod(users, 'find')
      expectTypeOf(controls.invalidate).parameters.toEqualTypeOf<[id: number]>()
      expectTypeOf(controls.refresh(1)).toEqualTypeOf<Promise<User>>()
      // @ts-expect-error: an id is a number
      controls.keyOf('7')
      // @ts-expect-error: this is no method
      cachedMethod(users, 'count')
    }
    expect(() => typesOnly(new Users())).toThrow("the method 'find' is not decorated by withCache")
  })
})
