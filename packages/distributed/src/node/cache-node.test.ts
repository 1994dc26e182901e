import { once } from 'node:events'
import { ManualClock } from '@mtaio/core/testing'
import { CacheConfigError } from '@mtaio/exceptions'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { plain, RespClient } from '../../test-support/resp-client.js'
import { CacheNode } from './cache-node.js'
import type { CacheNodeOptions } from './node-options.js'

vi.mock('./sockets/worker-file.js', async () => (await import('../../test-support/build-worker.js')).builtWorkerFile())

const open: { stop(): Promise<void> }[] = []
const clients: RespClient[] = []

let workers = 0

async function started(options: CacheNodeOptions = {}): Promise<CacheNode> {
  const node = new CacheNode({ port: 0, workers, ...options })
  await node.start()
  open.push(node)
  return node
}

async function connected(node: CacheNode): Promise<RespClient> {
  const client = await RespClient.open(node.port)
  clients.push(client)
  return client
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  for (const node of open.splice(0)) await node.stop()
})

const bytes = (text: string) => ({ bytes: text })

describe.each([0, 2])('CacheNode with %i workers', (count) => {
  beforeAll(() => {
    workers = count
  })

  it('listens on a free loopback port when told port 0, and answers', async () => {
    const node = await started()
    expect(node.port).toBeGreaterThan(0)
    expect(node.address).toBe(`127.0.0.1:${node.port}`)
    const client = await connected(node)
    expect(plain(await client.send('SET', 'a', 'é'))).toBe('OK')
    expect(plain(await client.send('GET', 'a'))).toEqual(bytes('\xc3\xa9'))
    expect(plain(await client.send('PING'))).toBe('PONG')
  })

  it('answers a pipeline in order, whatever pieces it arrives in', async () => {
    const client = await connected(await started())
    const replies = await client.pipeline(
      Array.from({ length: 500 }, (_, i) => (i % 2 === 0 ? ['SET', `k${i}`, `v${i}`] : ['GET', `k${i - 1}`])),
    )
    expect(replies.map(plain)).toEqual(Array.from({ length: 500 }, (_, i) => (i % 2 === 0 ? 'OK' : bytes(`v${i - 1}`))))
    const reply = client.next()
    for (const byte of Buffer.from('*2\r\n$3\r\nGET\r\n$2\r\nk0\r\n')) {
      client.socket.write(Uint8Array.of(byte))
      await new Promise(setImmediate)
    }
    expect(plain(await reply)).toEqual(bytes('v0'))
  })

  it('carries values of any bytes and megabytes of them', async () => {
    const client = await connected(await started())
    const value = Uint8Array.from({ length: 5_000_000 }, (_, i) => (i * 31) & 255)
    expect(plain(await client.send('SET', 'big', value))).toBe('OK')
    const reply = (await client.send('GET', 'big')) as Uint8Array
    expect(Buffer.compare(reply, value)).toBe(0)
  })

  it('speaks RESP3 to those who ask for it, and to nobody else', async () => {
    const node = await started()
    const [three, two] = [await connected(node), await connected(node)]
    const greeting = await three.send('HELLO', '3')
    expect(greeting).toBeInstanceOf(Map)
    expect(plain(await two.send('HELLO', '2'))).toContainEqual(bytes('proto'))
    const raw = once(three.socket, 'data')
    void three.send('GET', 'none')
    expect(String((await raw)[0])).toBe('_\r\n')
    const raw2 = once(two.socket, 'data')
    void two.send('GET', 'none')
    expect(String((await raw2)[0])).toBe('$-1\r\n')
  })

  it('tells who breaks the protocol so, and harms nobody else', async () => {
    const node = await started()
    const [rude, polite] = [await connected(node), await connected(node)]
    await polite.send('SET', 'a', '1')
    const [before, error] = [rude.next(), rude.next()]
    rude.socket.write('*1\r\n$4\r\nPING\r\n*1\r\n!nonsense\r\n*1\r\n$4\r\nPING\r\n')
    expect(plain(await before)).toBe('PONG')
    expect(plain(await error)).toEqual({ error: "ERR Protocol error: expected '$', got '!'" })
    await rude.closed
    expect(plain(await polite.send('GET', 'a'))).toEqual(bytes('1'))
    while (node.getStats().clients > 1) await new Promise(setImmediate)
  })

  it('ends the connection after QUIT, and runs nothing that comes behind', async () => {
    const node = await started()
    const client = await connected(node)
    const quit = client.next()
    client.socket.write('QUIT\r\nSET a 1\r\n')
    expect(plain(await quit)).toBe('OK')
    await client.closed
    expect(node.getStats().items).toBe(0)
  })

  it('refuses clients beyond maxClients with a reply, and lets others in once there is room', async () => {
    const node = await started({ maxClients: 1 })
    const first = await connected(node)
    await first.send('PING')
    const second = await connected(node)
    expect(plain(await second.next())).toEqual({ error: 'ERR max number of clients reached' })
    await second.closed
    expect(plain(await first.send('QUIT'))).toBe('OK')
    await first.closed
    while (node.getStats().clients > 0) await new Promise(setImmediate)
    expect(plain(await (await connected(node)).send('PING'))).toBe('PONG')
  })

  it('keeps no client from reading what a greedy one leaves unread', async () => {
    const node = await started()
    const [greedy, other] = [await connected(node), await connected(node)]
    await greedy.send('SET', 'big', new Uint8Array(1_000_000))
    greedy.socket.pause()
    const asked = greedy.pipeline(Array.from({ length: 400 }, () => ['GET', 'big']))
    const outcome = asked.then(
      () => 'answered',
      () => 'dropped',
    )
    for (let i = 0; i < 20; i++) expect(plain(await other.send('PING'))).toBe('PONG')
    greedy.socket.resume()
    // 400 MB of replies within one chunk is more than may wait for one client.
    expect(await outcome).toBe('dropped')
    expect(plain(await other.send('STRLEN', 'big'))).toBe(1_000_000)
  })

  it('asks for the password, in AUTH or HELLO', async () => {
    const node = await started({ password: 'sesame' })
    const client = await connected(node)
    const wrong = { error: 'WRONGPASS invalid username-password pair or user is disabled.' }
    expect(plain(await client.send('GET', 'a'))).toEqual({ error: 'NOAUTH Authentication required.' })
    expect(plain(await client.send('PING'))).toEqual({ error: 'NOAUTH Authentication required.' })
    expect(plain(await client.send('AUTH', 'wrong'))).toEqual(wrong)
    expect(plain(await client.send('AUTH', 'someone', 'sesame'))).toEqual(wrong)
    expect(plain(await client.send('AUTH', 'sesame'))).toBe('OK')
    expect(plain(await client.send('GET', 'a'))).toBe(null)
    const other = await connected(node)
    expect((plain(await other.send('HELLO', '3')) as { error: string }).error).toMatch(/^NOAUTH /)
    expect(await other.send('HELLO', '3', 'AUTH', 'default', 'sesame', 'SETNAME', 'me')).toBeInstanceOf(Map)
    expect(plain(await other.send('CLIENT', 'GETNAME'))).toEqual(bytes('me'))
  })

  it('expires by its clock, and sweeps in the background what nobody reads', async () => {
    const clock = new ManualClock(1_700_000_000_000)
    const node = await started({ clock })
    const client = await connected(node)
    await client.send('SET', 'a', '1', 'PX', '1000')
    await client.send('SET', 'b', '1', 'PXAT', String(1_700_000_000_000 + 2000))
    clock.advance(999)
    expect(plain(await client.send('PTTL', 'a'))).toBe(1)
    clock.advance(1)
    expect(plain(await client.send('GET', 'a'))).toBe(null)
    clock.advance(5000)
    expect(node.getStats()).toMatchObject({ items: 0, expirations: 2 })
  })

  it('stays within its bounds and tells its statistics, frozen', async () => {
    const node = await started({ maxSize: 10 })
    const client = await connected(node)
    for (let i = 0; i < 25; i++) await client.send('SET', `k${i}`, 'v')
    await client.send('GET', 'k24')
    await client.send('GET', 'k0')
    const stats = node.getStats()
    expect(stats).toMatchObject({
      items: 10,
      evictions: 15,
      hits: 1,
      misses: 1,
      hitRate: 0.5,
      clients: 1,
      commands: 27,
    })
    expect(Object.isFrozen(stats)).toBe(true)
    expect(plain(await client.send('SET', 'k', 'v'.repeat(100)))).toBe('OK')
  })

  it('refuses a value that can never fit, and keeps the connection', async () => {
    const client = await connected(await started({ maxMemory: '10kb' }))
    expect((plain(await client.send('SET', 'a', 'v'.repeat(20_000))) as { error: string }).error).toMatch(/^OOM /)
    expect(plain(await client.send('SET', 'a', 'v'))).toBe('OK')
  })

  it('ends every connection when it stops, forgets everything, and can be started again', async () => {
    const node = await started()
    const client = await connected(node)
    await client.send('SET', 'a', '1')
    await Promise.all([node.stop(), node.stop()])
    await client.closed
    await expect(RespClient.open(node.port || 1)).rejects.toThrow()
    await Promise.all([node.start(), node.start()])
    expect(plain(await (await connected(node)).send('GET', 'a'))).toBe(null)
  })

  it('stops although a client keeps its side open', async () => {
    const node = await started()
    const client = await connected(node)
    client.socket.allowHalfOpen = true
    await client.send('PING')
    client.socket.removeAllListeners('end')
    await node.stop()
    expect(node.getStats().clients).toBe(0)
  })

  it('is disposed of by await using', async () => {
    let port: number
    {
      await using node = await started()
      port = node.port
    }
    await expect(RespClient.open(port)).rejects.toThrow()
  })

  it('says which port is in use', async () => {
    const node = await started()
    const second = new CacheNode({ port: node.port })
    await expect(second.start()).rejects.toMatchObject({
      name: 'CacheConfigError',
      code: 'PORT_IN_USE',
      message: `port ${node.port} on 127.0.0.1 is in use: choose another, or 0 for a free one`,
    })
    await second.stop()
  })

  it.each<[unknown, RegExp]>([
    [{ maxsize: 1 }, /no option 'maxsize': did you mean 'maxSize'/],
    [{ port: 70_000 }, /port must be an integer from 0 to 65535, not 70000/],
    [{ maxSize: 0 }, /maxSize must be an integer of at least 1, not 0/],
    [{ maxMemory: '12 parsecs' }, /maxMemory must be .* not '12 parsecs'/],
    [{ maxMemory: 0 }, /maxMemory must be .* not 0/],
    [{ evictionPolicy: 'mru' }, /evictionPolicy must be one of/],
    [{ host: '0.0.0.0' }, /0\.0\.0\.0 .*needs a password/],
    [{ host: '127.evil.example' }, /needs a password/],
    [{ host: '' }, /host must be/],
    [{ password: '' }, /password must be/],
    [{ maxClients: 0 }, /maxClients must be/],
    [{ clock: {} }, /clock must have/],
  ])('refuses %j', (options, message) => {
    expect(() => new CacheNode(options as CacheNodeOptions)).toThrow(CacheConfigError)
    expect(() => new CacheNode(options as CacheNodeOptions)).toThrow(message)
  })
})
