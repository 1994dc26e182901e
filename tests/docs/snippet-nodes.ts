/**
 * The nodes that a snippet talks to. Pages write ports 5000 to 5002; free ports stand for them, so that whatever else
 * this machine runs, or a second run of the tests, is in nobody's way.
 */
import { CacheNode } from '@mtaio/distributed/node'
import type { Snippet } from './snippets.js'

const PORTS = ['5000', '5001', '5002']
const SHOWN = new RegExp(`(?<=[:,] ?)(${PORTS.join('|')})\\b`, 'g')

/**
 * Runs `work` with the snippet as it works here. One that talks to a cluster finds three empty embedded nodes, unless it
 * starts nodes of its own: those find the ports free.
 */
export async function withNodes<T>(snippet: Snippet, work: (snippet: Snippet) => Promise<T>): Promise<T> {
  const text = snippet.setup + snippet.code
  if (!/\b(DistributedCache|CacheClient|CacheNode)\b/.test(text)) return work(snippet)
  const nodes = PORTS.map(() => new CacheNode({ port: 0 }))
  try {
    for (const node of nodes) await node.start()
    const ports = new Map(PORTS.map((port, index) => [port, `${nodes[index]!.port}`]))
    const here = (code: string) => code.replace(SHOWN, (port) => ports.get(port)!)
    if (/\bnew CacheNode\b/.test(text)) await stopAll(nodes)
    return await work({ ...snippet, setup: here(snippet.setup), code: here(snippet.code) })
  } finally {
    await stopAll(nodes)
  }
}

async function stopAll(nodes: readonly CacheNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop()))
}
