/** MONITOR of a node beside that of a real server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, requireRedis, startRedisServer } from '../../test-support/redis-server.js'
import { plain, RespClient } from '../../test-support/resp-client.js'
import { CacheNode } from './cache-node.js'

let server: RedisServer
let node: CacheNode

describe.runIf(requireRedis())('MONITOR', () => {
  beforeAll(async () => {
    server = await startRedisServer()
    node = new CacheNode({ port: 0 })
    await node.start()
  })
  afterAll(async () => {
    await node.stop()
    await server.stop()
  })

  /** What is shown while some commands run, without times and addresses, up to one that says so. */
  async function shown(port: number): Promise<unknown[]> {
    const monitor = await RespClient.open(port)
    const client = await RespClient.open(port)
    expect(await monitor.send('MONITOR')).toBe('OK')
    // Asked for beforehand: several may come at once.
    const coming = Array.from({ length: 40 }, () =>
      monitor.next().then(
        (line) => String(plain(line)),
        () => 'none',
      ),
    )
    await client.pipeline([
      ['SET', 'k', Uint8Array.of(0, 7, 9, 10, 13, 34, 92, 195, 164, 127)],
      ['get', 'k'],
      ['MGET', 'a', 'b c'],
      ['HELLO', '3'],
      ['HELLO', '2', 'AUTH', 'default', 'secret'],
      ['AUTH', 'secret'],
      ['CONFIG', 'GET', 'maxmemory'],
      ['NOSUCH', 'x'],
      ['GET'],
      ['MULTI'],
      ['SET', 'm', '1'],
      ['EXEC'],
      ['ECHO', 'end'],
    ])
    const lines: string[] = []
    for (const line of coming) {
      lines.push((await line).replace(/^\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] /, 'at '))
      if (lines.at(-1)!.endsWith('"end"')) break
    }
    await client.close()
    await monitor.close()
    return lines
  }

  it('shows what a real server shows, and no secret', async () => {
    const lines = await shown(node.port)
    expect(lines).toEqual(await shown(server.port))
    expect(lines.join()).not.toContain('secret')
  })

  it('ends with RESET and with the connection', async () => {
    const monitor = await RespClient.open(node.port)
    const client = await RespClient.open(node.port)
    await monitor.send('MONITOR')
    expect(await monitor.send('RESET')).toMatch(/RESET/)
    await client.send('SET', 'k', 'v')
    expect(await monitor.send('PING')).toBe('PONG')
    await monitor.send('MONITOR')
    await monitor.close()
    expect(await client.send('PING')).toBe('PONG')
    await client.close()
  })
})
