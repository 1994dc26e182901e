/** Users, protected mode and TLS over sockets. */
import { once } from 'node:events'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { inspect } from 'node:util'
import { generate } from 'selfsigned'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { plain, RespClient } from '../../test-support/resp-client.js'
import { CacheNode } from './cache-node.js'
import type { CacheNodeOptions } from './node-options.js'

vi.mock('./sockets/worker-file.js', async () => (await import('../../test-support/build-worker.js')).builtWorkerFile())

let workers = 0
const open: { stop(): Promise<void> }[] = []

async function started(options: CacheNodeOptions): Promise<CacheNode> {
  const node = new CacheNode({ port: 0, workers, ...options })
  await node.start()
  open.push(node)
  return node
}

afterEach(async () => {
  for (const node of open.splice(0)) await node.stop()
})

describe('users', () => {
  const users: CacheNodeOptions['users'] = [
    { name: 'app', password: 'a', keys: ['user:*', 'shared'] },
    { name: 'reader', password: 'r', can: ['read'] },
    { name: 'writer', password: 'w', can: ['write'] },
    { name: 'root', password: 'x', can: ['read', 'write', 'admin'] },
  ]

  async function as(name: string, password: string): Promise<(...words: string[]) => Promise<unknown>> {
    const [node] = open as CacheNode[]
    const client = await RespClient.open((node ?? (await started({ users }))).port)
    open.push({ stop: () => client.close() })
    const say = async (...words: string[]) => plain(await client.send(...words))
    expect(await say('AUTH', name, password)).toBe('OK')
    return say
  }
  const denied = (command: string) => ({ error: `NOPERM this user has no permissions to run the '${command}' command` })
  const NO_KEY = { error: 'NOPERM this user has no permissions to access one of the keys used as arguments' }

  it('touch their keys only, whatever the command', async () => {
    const app = await as('app', 'a')
    const root = await as('root', 'x')
    await root('MSET', 'secret', '1', 'user:2', '2')
    expect(await app('SET', 'user:1', 'v')).toBe('OK')
    expect(await app('GET', 'shared')).toBe(null)
    for (const command of [
      ['GET', 'secret'],
      ['MGET', 'user:1', 'secret'],
      ['MSET', 'user:1', 'v', 'secret', 'v'],
      ['RENAME', 'user:1', 'secret'],
      ['COPY', 'secret', 'user:9'],
      ['OBJECT', 'ENCODING', 'secret'],
      ['MEMORY', 'USAGE', 'secret'],
      ['WATCH', 'secret'],
      ['EVALSHA', 'f'.repeat(40), '1', 'secret'],
    ]) {
      expect([command, await app(...command)]).toEqual([command, NO_KEY])
    }
    expect(await app('RANDOMKEY')).toEqual(denied('randomkey'))
    expect(await app('FLUSHALL')).toEqual(denied('flushall'))
    const mine = expect.arrayContaining([{ bytes: 'user:1' }, { bytes: 'user:2' }])
    const [, scanned] = (await app('SCAN', '0')) as [unknown, unknown[]]
    for (const shown of [await app('KEYS', '*'), scanned]) {
      expect(shown).toEqual(mine)
      expect(shown).toHaveLength(2)
    }
    expect(await app('ACL', 'WHOAMI')).toEqual({ bytes: 'app' })
  })

  it('do what they may, and are told what they may not', async () => {
    const [reader, writer, root] = [await as('reader', 'r'), await as('writer', 'w'), await as('root', 'x')]
    expect(await writer('SET', 'a', '1')).toBe('OK')
    expect(await writer('GET', 'a')).toEqual(denied('get'))
    expect(await reader('GET', 'a')).toEqual({ bytes: '1' })
    expect(await reader('SET', 'a', '2')).toEqual(denied('set'))
    expect(await reader('CONFIG', 'GET', '*')).toEqual(denied('config|get'))
    expect(await reader('CLIENT', 'KILL', 'ID', '1')).toEqual(denied('client|kill'))
    expect(await reader('CLIENT', 'SETNAME', 'me')).toBe('OK')
    expect(await root('CLIENT', 'KILL', 'USER', 'reader')).toBe(1)
    expect(await root('CLIENT', 'KILL', 'USER', 'someone')).toEqual({ error: "ERR No such user 'someone'" })
    expect(await root('FLUSHALL')).toBe('OK')
  })

  it('spoil a transaction with what they may not do', async () => {
    const reader = await as('reader', 'r')
    expect(await reader('MULTI')).toBe('OK')
    expect(await reader('SET', 'a', '1')).toEqual(denied('set'))
    expect(await reader('EXEC')).toEqual({ error: 'EXECABORT Transaction discarded because of previous errors.' })
  })

  it('that become others within a transaction have the rights of those', async () => {
    const writer = await as('writer', 'w')
    for (const command of [['MULTI'], ['AUTH', 'reader', 'r'], ['SET', 'a', '1']]) await writer(...command)
    expect(await writer('EXEC')).toEqual(['OK', denied('set')])
  })

  it('have to wait after wrong passwords', async () => {
    const node = await started({ password: 'sesame' })
    const client = await RespClient.open(node.port)
    open.push({ stop: () => client.close() })
    const replies = await client.pipeline(Array.from({ length: 22 }, () => ['AUTH', 'wrong']))
    expect(plain(replies[19]!)).toEqual({ error: 'WRONGPASS invalid username-password pair or user is disabled.' })
    expect(plain(replies[21]!)).toEqual({ error: 'ERR too many wrong passwords from this address: wait 1 s' })
  })
})

describe('a node with a password', () => {
  it('shows it in no INFO, CONFIG, CLIENT LIST, error or print', async () => {
    const node = await started({ password: 'open sesame', users: [{ name: 'ann', password: 'annas secret' }] })
    const client = await RespClient.open(node.port)
    open.push({ stop: () => client.close() })
    const told = await client.pipeline([
      ['AUTH', 'ann', 'open sesame!'],
      ['HELLO', '3', 'AUTH', 'ann', 'annas secret'],
      ['AUTH', 'default', 'open sesame'],
      ['INFO', 'everything'],
      ['CONFIG', 'GET', '*'],
      ['CLIENT', 'LIST'],
    ])
    const all = JSON.stringify(told.map(plain)) + inspect(node, { depth: 20, showHidden: true })
    expect(all).not.toMatch(/sesame|secret/)
  })
})

describe.each([0, 2])('TLS with %i workers', (count) => {
  beforeAll(() => {
    workers = count
  })

  let mine: Awaited<ReturnType<typeof generate>>
  let others: typeof mine
  beforeAll(async () => {
    const name = [{ name: 'commonName', value: 'localhost' }]
    mine = await generate(name, { keySize: 2048 })
    others = await generate(name, { keySize: 2048 })
  })

  async function ask(node: CacheNode, options: ConnectionOptions): Promise<string> {
    const socket: TLSSocket = connectTls({ port: node.port, host: '127.0.0.1', servername: 'localhost', ...options })
    try {
      socket.write('PING\r\n')
      const closed = new Promise<string>((resolve) =>
        socket.on('error', () => {}).once('close', () => resolve('closed')),
      )
      return await Promise.race([once(socket, 'data').then(String, () => closed), closed])
    } finally {
      socket.destroy()
    }
  }

  it('is spoken, and nothing else', async () => {
    const node = await started({ tls: { key: mine.private, cert: mine.cert } })
    expect(await ask(node, { ca: mine.cert })).toBe('+PONG\r\n')
    const deaf = await RespClient.open(node.port)
    await expect(deaf.send('PING')).rejects.toThrow()
  })

  it('lets in whose certificate it knows, where it asks for one', async () => {
    const node = await started({ tls: { key: mine.private, cert: mine.cert, clientCa: mine.cert }, host: '0.0.0.0' })
    expect(await ask(node, { ca: mine.cert, key: mine.private, cert: mine.cert })).toBe('+PONG\r\n')
    expect(await ask(node, { ca: mine.cert, key: others.private, cert: others.cert })).toBe('closed')
    expect(await ask(node, { ca: mine.cert })).toBe('closed')
  })

  it('stops in time although somebody never shakes hands', async () => {
    const node = await started({ tls: { key: mine.private, cert: mine.cert } })
    const mute = await RespClient.open(node.port)
    await node.stop()
    await mute.closed
  })

  it('is refused with a key that is not the certificate’s, without showing the key', () => {
    const make = () => new CacheNode({ tls: { key: others.private, cert: mine.cert } })
    expect(make).toThrow(/tls cannot be used: .*belong together/)
    expect(make).not.toThrow(/BEGIN/)
  })

  it('alone opens no other interface: it tells nobody who a client is', () => {
    const tls = { key: mine.private, cert: mine.cert }
    expect(() => new CacheNode({ host: '0.0.0.0', tls })).toThrow(/needs a password: give password, users or/)
    expect(() => new CacheNode({ host: '0.0.0.0', tls, password: 'x' })).not.toThrow()
  })
})
