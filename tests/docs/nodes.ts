/** A cluster of embedded nodes for as long as one piece of work takes. */
import type { CacheNode } from '@mtaio/distributed/node'

/** Starts an empty node on each port, does `work`, and stops them. Rejects if a port is taken. */
export async function withNodes<T>(ports: readonly number[], work: () => Promise<T>): Promise<T> {
  // Loaded when wanted: snippets that need no node are judged whatever state the node is in.
  const { CacheNode } = await import('@mtaio/distributed/node')
  const nodes: CacheNode[] = []
  try {
    for (const port of ports) {
      const node = new CacheNode({ port })
      await node.start()
      nodes.push(node)
    }
    return await work()
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
  }
}
