/** What those need who keep a node running: HTTP, draining, idle clients, logs. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { ManualClock } from '@mtaio/core/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { plain, RespClient } from '../../test-support/resp-client.js'
import { CacheNode } from './cache-node.js'
import type { CacheNodeOptions } from './node-options.js'

const open: { stop(): Promise<void> }[] = []

async function started(options: CacheNodeOptions = {}): Promise<CacheNode> {
  const node = new CacheNode({ port: 0, ...options })
  await node.start()
  open.push(node)
  return node
}

async function connected(node: CacheNode): Promise<RespClient> {
  const client = await RespClient.open(node.port)
  open.push({ stop: () => client.close() })
  return client
}

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.stop()
})

describe('HTTP', () => {
  const ask = async (node: CacheNode, path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${node.httpPort}${path}`, { method })
    return { status: response.status, text: await response.text() }
  }

  it('tells health, readiness and metrics, and nothing else', async () => {
    const node = await started({ http: { port: 0 } })
    const client = await connected(node)
    await client.pipeline([
      ['SET', 'secret-key', '1'],
      ['GET', 'secret-key'],
      ['GET', 'none'],
    ])
    expect(await ask(node, '/healthz')).toEqual({ status: 200, text: 'ok\n' })
    expect(await ask(node, '/readyz')).toEqual({ status: 200, text: 'ready\n' })
    const { status, text } = await ask(node, '/metrics')
    expect(status).toBe(200)
    for (const line of ['hits_total 1', 'misses_total 1', 'commands_total 3', 'entries 1', 'clients 1']) {
      expect(text.split('\n')).toContain(`mtaio_node_${line}`)
    }
    expect(text).toContain('process_resident_memory_bytes')
    expect(text).not.toContain('secret')
    expect((await ask(node, '/')).status).toBe(404)
    expect((await ask(node, '/metrics', 'POST')).status).toBe(405)
  })

  it('is not ready while the node drains, and gone when it has stopped', async () => {
    const node = await started({ http: { port: 0 } })
    const client = await connected(node)
    await client.send('PING')
    const stopped = node.stop({ drainFor: '10s' })
    while ((await ask(node, '/readyz')).status !== 503) await new Promise(setImmediate)
    expect((await ask(node, '/healthz')).status).toBe(200)
    expect(plain(await client.send('PING'))).toBe('PONG')
    await expect(RespClient.open(node.port)).rejects.toThrow()
    await client.close()
    await stopped
    expect(node.httpPort).toBeUndefined()
    await node.start()
    expect(plain(await (await connected(node)).send('PING'))).toBe('PONG')
  })

  it('shows its metrics to whoever shows the token, and its health to all', async () => {
    const node = await started({ http: { port: 0, token: 'sesame' } })
    const ask = async (path: string, authorization?: string) =>
      (
        await fetch(`http://127.0.0.1:${node.httpPort}${path}`, {
          headers: authorization === undefined ? {} : { authorization },
        })
      ).status
    expect(await ask('/metrics')).toBe(401)
    for (const wrong of ['Bearer sesam', 'Bearer', 'Basic sesame', 'sesame'])
      expect(await ask('/metrics', wrong)).toBe(401)
    expect(await ask('/metrics', 'Bearer sesame')).toBe(200)
    expect([await ask('/healthz'), await ask('/readyz')]).toEqual([200, 200])
    expect(() => new CacheNode({ http: { port: 0, host: '0.0.0.0' } })).toThrow(/needs a token: give http.token/)
    expect(() => new CacheNode({ http: { port: 0, host: '0.0.0.0', token: 'x' } })).not.toThrow()
    expect(() => new CacheNode({ http: { port: 0, token: '' } })).toThrow(/http.token must be a text/)
  })

  it('answers what else it is given, and its own paths before that', async () => {
    const handlers = { '/': (_: unknown, response: ServerResponse) => void response.end('ours') }
    const node = await started({ http: { port: 0, handlers } })
    const text = async (path: string) => (await fetch(`http://127.0.0.1:${node.httpPort}${path}`)).text()
    expect(await text('/anything')).toBe('ours')
    expect(await text('/metrics')).toContain('# TYPE')
    expect(() => new CacheNode({ http: { port: 0, handlers: { x: () => undefined } } })).toThrow(
      /begins with \/, not 'x'/,
    )
    expect(() => new CacheNode({ http: { port: 0, handlers: { '/': 1 as never } } })).toThrow(/a function for \//)
  })

  it('says which port is in use', async () => {
    const node = await started({ http: { port: 0 } })
    const second = new CacheNode({ port: 0, http: { port: node.httpPort! } })
    await expect(second.start()).rejects.toThrow(/cannot serve HTTP on .*in use/)
  })
})

describe('clients', () => {
  it('are dropped when they say nothing for too long, unless they wait to be told of changes', async () => {
    const clock = new ManualClock(1_700_000_000_000)
    const node = await started({ clock, idleTimeout: '1m' })
    const [quiet, busy, tracking] = [await connected(node), await connected(node), await connected(node)]
    await quiet.send('PING')
    await tracking.pipeline([
      ['HELLO', '3'],
      ['CLIENT', 'TRACKING', 'ON'],
    ])
    clock.advance(50_000)
    await busy.send('PING')
    clock.advance(15_000)
    await quiet.closed
    expect(plain(await tracking.send('PING'))).toBe('PONG')
    expect(plain(await busy.send('PING'))).toBe('PONG')
  })

  it('that are refused or fail to log in are in the log, their passwords are not', async () => {
    const told: unknown[] = []
    const note = (fields: unknown, message: string) => void told.push([message, fields])
    const node = await started({ password: 'sesame', maxClients: 1, logger: { info: note, warn: note, error: note } })
    const client = await connected(node)
    await client.send('AUTH', 'hunter2')
    const second = await connected(node)
    await second.closed
    const reply = client.next()
    client.socket.write('*1\r\n!\r\n')
    await reply
    await once(client.socket, 'close')
    const messages = (told as [string][]).map(([message]) => message)
    expect(messages).toEqual([
      'listening',
      'wrong password',
      'client refused: too many',
      'client refused: it breaks the protocol',
    ])
    expect(JSON.stringify(told)).not.toMatch(/sesame|hunter2/)
  })
})
