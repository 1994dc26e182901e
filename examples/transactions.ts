/** Best practice: what belongs together is stored together, or not at all. */
import { CacheError, TTLCache } from '@mtaio/core'

const cache = new TTLCache<number>()
await cache.setMany({ here: 100, there: 0 })

// Commits when the function returns, rolls back when it throws; runs again if somebody changed what it read.
await cache.transaction(
  async (txn) => {
    await txn.set('here', (await txn.get('here', 0)) - 30)
    await txn.set('there', (await txn.get('there', 0)) + 30)
  },
  { retries: 3 },
)
console.log(await cache.get('here'), await cache.get('there')) // → 70 30

// The same by hand: leaving the block without `commit` rolls back.
try {
  await using txn = cache.transaction()
  const seen = await txn.get('here', 0)
  await cache.set('here', 1000) // somebody else, meanwhile
  await txn.set('here', seen - 30)
  await txn.commit()
} catch (error) {
  if (error instanceof CacheError) console.log(error.code) // → CONFLICT
}
console.log(await cache.get('here')) // → 1000
