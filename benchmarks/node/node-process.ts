/** A CacheNode in a process of its own: tells its port, collects garbage when it is told to, and ends with its parent. */
import { CacheNode } from '@mtaio/distributed/node'

const [maxMemory = '4gb'] = process.argv.slice(2)
const node = new CacheNode({ port: 0, maxMemory })
await node.start()
process.on('message', () => {
  globalThis.gc?.()
  process.send?.({ collected: true })
})
process.on('disconnect', () => process.exit())
process.send?.({ port: node.port })
