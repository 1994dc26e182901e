/** The same decorator under `experimentalDecorators`, as Angular, NestJS and TypeORM compile. See tsconfig.json beside it. */
import { TTLCache } from '@mtaio/core'
import { withCache } from '@mtaio/decorators'

const cache = new TTLCache<string>()
let runs = 0

class Users {
  @withCache(cache, { ttl: '5m' })
  async find(id: number): Promise<string> {
    runs++
    return `user ${id}`
  }

  @withCache(cache)
  get newest(): Promise<string> {
    runs++
    return Promise.resolve('user 3')
  }
}

const users = new Users()
console.log(await users.find(1)) // → user 1
console.log(await users.find(1)) // → user 1
console.log(await users.find(2)) // → user 2
console.log(await users.newest) // → user 3
console.log(await users.newest) // → user 3
console.log(runs) // → 3
