/** `mtaio node`: one node in this process. */
import type { EvictionPolicy } from '@mtaio/policies'
import { CacheNode } from '../node/index.js'
import type { NodeFlags } from './flags.js'
import { onAskedToEnd, say } from './terminal.js'

/** Listens, says where, and goes on until it is asked to end. Tells a parent that forked it the address. */
export async function runNode({ host, port, maxMemory, maxSize, policy, password }: NodeFlags): Promise<void> {
  const node = new CacheNode({
    ...{ host, port, maxMemory, maxSize, password },
    // Checked by the node, which names the policies that there are.
    evictionPolicy: policy as EvictionPolicy | undefined,
  })
  onAskedToEnd(() => node.stop())
  await node.start()
  say(`mtaio node listening on ${node.address}`)
  process.send?.({ address: node.address })
}
