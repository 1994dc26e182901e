/** Best practice: how long entries live follows from how often what they show changes. */
import { TTLCache } from '@mtaio/core'

// Short for what changes often, long for what is stable.
const volatileCache = new TTLCache<string>({ defaultTtl: '1m' })
const stableCache = new TTLCache<string>({ defaultTtl: '1h' })

await volatileCache.set('price', '12.30')
await stableCache.set('country', 'CH')
console.log(Math.round((await volatileCache.ttl('price'))!)) // → 60
console.log(Math.round((await stableCache.ttl('country'))!)) // → 3600
