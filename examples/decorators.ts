/** Results of functions and methods, kept in any cache. The decorators here are the standard ones. */
import { TTLCache } from '@mtaio/core'
import { withCache } from '@mtaio/decorators'

const cache = new TTLCache<string>()
let runs = 0

const expensiveOperation = withCache(cache)(async function expensiveOperation(param: string): Promise<string> {
  runs++
  return `result of ${param}`
})

console.log(await expensiveOperation('a')) // → result of a
console.log(await expensiveOperation('a')) // → result of a
console.log(runs) // → 1

await expensiveOperation.invalidate('a')
await expensiveOperation('a')
console.log(runs) // → 2

class Users {
  @withCache(cache, { ttl: '5m' })
  async find(id: number): Promise<string> {
    runs++
    return `user ${id}`
  }
}

const users = new Users()
// Concurrent calls share one run.
console.log((await Promise.all([users.find(1), users.find(1)])).join(', ')) // → user 1, user 1
console.log(runs) // → 3
