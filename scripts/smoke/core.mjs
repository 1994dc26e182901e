/**
 * What core promises everywhere, in whatever runtime runs this file: the contract of every cache, over the built package,
 * and real time passing by. Imports nothing of any one runtime. Throws at the first promise that does not hold.
 */
import { CacheKeyError, TTLCache, TTLFIFOCache, TTLLFUCache, TTLLRUCache } from '@mtaio/core'
import { cacheContract, ManualClock } from '@mtaio/core/testing'

let held = 0
for (const Type of [TTLCache, TTLLRUCache, TTLLFUCache, TTLFIFOCache]) {
  const cases = cacheContract({
    create: (options) => {
      const clock = new ManualClock()
      return { cache: new Type({ ...options, clock }), advance: (ms) => clock.advance(ms) }
    },
  })
  for (const { name, run } of cases) {
    try {
      await run()
    } catch (error) {
      throw new Error(`${Type.name}: ${name}`, { cause: error })
    }
    held++
  }
}
if (held === 0) throw new Error('the contract has no cases')

// The runtime's own clock and timers. Nothing is expected of a moment, only of what comes before and after any moment.
const cache = new TTLCache()
await cache.set('key', 'value', '10ms')
await cache.set('later', 'value', '1h')
await new Promise((resolve) => setTimeout(resolve, 50))
if ((await cache.get('key')) !== undefined) throw new Error('an entry outlives its time')
if ((await cache.get('later')) !== 'value') throw new Error('an entry is not there although its time has not come')
const failure = await cache.getOrThrow('key').catch((error) => error)
if (!(failure instanceof CacheKeyError)) throw new Error('an error is not of its type', { cause: failure })
await cache[Symbol.asyncDispose]()

// Left as it is: its sweeps keep no process alive, so this one ends.
await new TTLCache().set('key', 'value', '1h')

// Others than Node give out Node's version too, so theirs is looked for first.
const versions = globalThis.process?.versions ?? {}
const runtime = ['bun', 'deno', 'node'].find((name) => versions[name]) ?? 'unknown'
console.log(`${runtime} ${versions[runtime]}: ${held} promises held`)
