import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDistributed } from '../../test-support/build-distributed.js'
import { CacheNode } from '../node/index.js'

const folder = mkdtempSync(join(tmpdir(), 'mtaio-distributed-lifetime-'))
const bundle = join(folder, 'distributed.mjs')

/** Runs a program over the sources in a process of its own; what it printed. Fails when it does not end by itself. */
async function run(program: string): Promise<string> {
  const source = `import { DistributedCache } from ${JSON.stringify(bundle)}\n${program}`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', source], {
    timeout: 20_000,
  })
  return stdout.trim()
}

describe('the lifetime of a distributed cache', () => {
  beforeAll(() => buildDistributed(bundle))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('an idle one, open and connected, does not keep the process alive', async () => {
    const node = new CacheNode({ port: 0 })
    await node.start()
    try {
      const printed = await run(`
        const cache = new DistributedCache({ nodes: ['${node.address}'] })
        await cache.set('key', { a: 1 })
        console.log(JSON.stringify(await cache.get('key')))
      `)
      expect(printed).toBe('{"a":1}')
    } finally {
      await node.stop()
    }
  })

  it('one that listens to its nodes does not either, and waits for that where told to', async () => {
    const node = new CacheNode({ port: 0 })
    await node.start()
    try {
      const printed = await run(`
        const cache = new DistributedCache({ nodes: ['${node.address}'], nearCache: {} })
        await cache.start()
        await cache.set('key', 1)
        console.log(await cache.get('key'), cache.getStats().near.listening)
      `)
      expect(printed).toBe('1 1')
    } finally {
      await node.stop()
    }
  })

  it('whoever disposes of one sees it end, though it only waits for what is going on behind the back', async () => {
    const nodes = [0, 1, 2].map(() => new CacheNode({ port: 0 }))
    for (const node of nodes) await node.start()
    try {
      const printed = await run(`
        const cache = new DistributedCache({ nodes: ${JSON.stringify(nodes.map(({ address }) => address))} })
        await cache.set('key', 'value')
        await cache[Symbol.asyncDispose]()
        console.log('ended')
      `)
      expect(printed).toBe('ended')
    } finally {
      for (const node of nodes) await node.stop()
    }
  })

  it('one whose nodes are gone, probes and hints included, does not either', async () => {
    const printed = await run(`
      const cache = new DistributedCache({ nodes: ['127.0.0.1:1', '127.0.0.1:2'], operationTimeout: 1 })
      for (let call = 0; call < 4; call++) await cache.set('key', 1).catch((error) => console.log(error.name))
    `)
    expect(printed.split('\n')).toEqual(Array(4).fill('CacheConnectionError'))
  })

  it('one whose node never answers ends with its last call', async () => {
    const sockets = new Set<{ destroy(): void }>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as { port: number }
      const printed = await run(`
        const cache = new DistributedCache({ nodes: ['127.0.0.1:${port}'], operationTimeout: '100ms' })
        cache.get('key').catch((error) => console.log(error.name))
      `)
      expect(printed).toBe('CacheTimeoutError')
    } finally {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  })

  it('making one opens no connection, and what nobody awaits is no unhandled rejection', async () => {
    const printed = await run(`
      process.on('unhandledRejection', (error) => console.log('unhandled', error))
      const cache = new DistributedCache({ nodes: ['127.0.0.1:1'], operationTimeout: '200ms' })
      console.log(process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length)
      const txn = cache.transaction()
      await txn.get('a').catch(() => {})
      await cache.getOrSet('a', () => 1).catch(() => {})
      await cache.getMany(['a', 'b']).catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, 50))
      console.log('end')
    `)
    expect(printed).toBe('0\nend')
  })
})
