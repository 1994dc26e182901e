/**
 * What decorated members look like to a compiler, under standard decorators. Checked by `tsc` and never run: no engine
 * and no test runner takes decorators as they are written. Members under `experimentalDecorators` are compiled, and run,
 * in `examples/legacy-decorators`.
 */
import { TTLCache } from '@mtaio/core'
import { cachedMethod, withCache } from '../src/index.js'

interface User {
  id: number
}

const anything = withCache(new TTLCache<unknown>())
const users = withCache(new TTLCache<User[]>())

class Members {
  read(id: number): Promise<User>
  read(name: string): Promise<string>
  @anything
  async read(given: number | string): Promise<User | string> {
    return typeof given === 'number' ? { id: given } : given
  }

  @anything
  async same<V extends string>(value: V): Promise<V> {
    return value
  }

  @anything
  get all(): Promise<User[]> {
    return Promise.resolve([])
  }

  @users
  async *each(): AsyncGenerator<User> {
    yield { id: 1 }
  }

  // @ts-expect-error: a cache of lists of users keeps no numbers
  @users
  async *numbers(): AsyncGenerator<number> {
    yield 1
  }

  // @ts-expect-error: a cache of lists of users keeps no number
  @users
  get count(): Promise<number> {
    return Promise.resolve(1)
  }

  // @ts-expect-error: what a decorated getter answers is a promise
  @users
  get now(): User[] {
    return []
  }

  @anything
  async #hidden(id: number): Promise<number> {
    return id
  }

  forget(): Promise<boolean> {
    // @ts-expect-error: an id is a number
    void cachedMethod(this, this.#hidden).invalidate('1')
    return cachedMethod(this, this.#hidden).invalidate(1)
  }
}

/** Overloads and type parameters are those of the methods as they were written. */
export async function typesOf(members: Members): Promise<void> {
  const user: User = await members.read(1)
  const name: string = await members.read('a')
  const same: 'b' = await members.same('b')
  const all: User[] = await members.all
  const again: User[] = await cachedMethod(members, 'all').refresh()
  const listed: User[] = await cachedMethod(members, 'each').refresh()
  for await (const each of members.each()) void (each satisfies User)
  // @ts-expect-error: neither overload takes it
  await members.read(true)
  void [user, name, same, all, again, listed]
}
