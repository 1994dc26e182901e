/**
 * Which versions callers were told of that they stand. A cache draws the version of a write within the call that it is for, which is
 * listened to here: values say by themselves whose they are, deletions all look alike.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Cache } from '@mtaio/core'
import type { DistributedCache } from '@mtaio/distributed'
import { shownVersion } from './copies.js'

const WRITES: ReadonlySet<unknown> = new Set(['set', 'delete', 'transaction'])

export class Acknowledged {
  private readonly call = new AsyncLocalStorage<string[]>()
  private readonly versions = new Set<string>()

  /** @param version - as of a copy that lies on a node */
  has(version: string): boolean {
    return this.versions.has(version)
  }

  /** The same cache, listened to. */
  over<T>(cache: DistributedCache<T>): Cache<T> {
    const { versions } = (cache as unknown as { cluster: { parts: { versions: { next(): Uint8Array } } } }).cluster
      .parts
    const draw = versions.next.bind(versions)
    versions.next = () => {
      const version = draw()
      this.call.getStore()?.push(shownVersion(version))
      return version
    }
    return new Proxy(cache, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        if (!WRITES.has(name)) return member.bind(target)
        return (...args: unknown[]) => this.listen(() => member.apply(target, args))
      },
    })
  }

  /** What was drawn before another try is overtaken by what was drawn last, so that nobody asks whether it stands. */
  private listen<R>(write: () => Promise<R>): Promise<R> {
    const drawn: string[] = []
    return this.call.run(drawn, async () => {
      const answer = await write()
      for (const version of drawn) this.versions.add(version)
      return answer
    })
  }
}
