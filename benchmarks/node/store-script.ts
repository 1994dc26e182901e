/** The guarded write, by the digest under which servers know it once a client of ours has sent it. */
import { CacheClient } from '@mtaio/distributed'
import { STORE } from '../../packages/distributed/src/record/guarded-write.js'
import { redisCli } from './redis-cli.js'

export const STORE_SHA = STORE.sha1

/** @throws Error when the server does not know the digest afterwards: then it is another script that clients send */
export async function loadStoreScript(port: number): Promise<void> {
  const client = new CacheClient<string>()
  await client.connect(`127.0.0.1:${port}`)
  await client.set('script', 'is loaded by the first write')
  await client.disconnect()
  const known = await redisCli(port, 'SCRIPT', 'EXISTS', STORE_SHA)
  if (known !== '1') throw new Error(`the server on port ${port} does not know the guarded write ${STORE_SHA}`)
}
