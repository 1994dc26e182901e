/** Best practice: let Prometheus, or OpenTelemetry, see what caches do. Nothing is paid but when somebody reads. */
import { TTLCache } from '@mtaio/core'
import { collectCaches } from '@mtaio/core/prometheus'
import { Registry } from 'prom-client'

const registry = new Registry()
const users = new TTLCache<string>({ name: 'users', maxSize: 1000 })
collectCaches({ users }, { registry })

await users.getOrSet('user:1', async () => 'Ada')
await users.get('user:1')

// What `/metrics` of your server would answer.
for (const line of (await registry.metrics()).split('\n')) {
  if (line.startsWith('cache_requests_total')) console.log(line)
}
// → cache_requests_total{cache_name="users",cache_result="hit"} 1
// → cache_requests_total{cache_name="users",cache_result="miss"} 1
