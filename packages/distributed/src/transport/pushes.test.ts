import { systemClock } from '@mtaio/core'
import { CacheConfigError, CacheConnectionError } from '@mtaio/exceptions'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { requireRedis, startRedisServer } from '../../test-support/redis-server.js'
import { CacheNode } from '../node/index.js'
import type { Command, Reply } from '../resp/reply.js'
import { parseNode } from './node-address.js'
import { RespTransport } from './resp-transport.js'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function startNode() {
  const node = new CacheNode({ port: 0 })
  await node.start()
  closers.push(() => node.stop())
  return { port: node.port, kill: () => node.stop() }
}

async function startServer() {
  const server = await startRedisServer()
  closers.push(() => server.kill())
  return server
}

function textOf(reply: Reply): unknown {
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString()
  return Array.isArray(reply) ? reply.map(textOf) : reply
}

const engines = [
  ['CacheNode', true, startNode],
  ['a Redis server', requireRedis(), startServer],
] as const

for (const [name, isThere, start] of engines) {
  describe.runIf(isThere)(`pushes of ${name}`, () => {
    async function listen() {
      const server = await start()
      const address = parseNode(`127.0.0.1:${server.port}`)
      const transport = new RespTransport({ nodes: [address], clock: systemClock, random: () => 0.5 })
      closers.push(() => transport.close())
      const heard: unknown[] = []
      const endings: Error[] = []
      const ear = transport.openPushes(address.id, {
        onPush: (push) => heard.push(textOf([...push])),
        onClosed: (error) => endings.push(error),
      })
      const ended = () => vi.waitUntil(() => endings[0], { timeout: 5000 })
      const options = () => ({ deadline: systemClock.now() + 5000 })
      const say = (...command: Command) => ear.send(command, options())
      const write = (...command: Command) => transport.send(address.id, command, options())
      return { server, transport, address, heard, endings, ended, say, write }
    }

    it('are heard on a connection of their own, before the answer to what was asked after the change', async () => {
      const { heard, say, write } = await listen()
      const [hello, tracking] = await Promise.all([
        say('HELLO', '3'),
        say('CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'a:'),
      ])
      expect(hello).toBeInstanceOf(Map)
      expect(tracking).toBe('OK')
      await write('MSET', 'a:1', '1', 'b:1', '2')
      expect(await say('PING')).toBe('PONG')
      expect(heard).toEqual([['invalidate', ['a:1']]])
      await write('FLUSHALL')
      await say('PING')
      expect(heard[1]).toEqual(['invalidate', null])
    })

    it('end when the node does, and when the transport is closed: told once', async () => {
      const one = await listen()
      await one.say('PING')
      await one.server.kill()
      expect(await one.ended()).toBeInstanceOf(CacheConnectionError)
      await expect(one.say('PING')).rejects.toThrow(CacheConnectionError)
      expect(one.endings).toHaveLength(1)
      const other = await listen()
      await other.say('PING')
      await other.transport.close()
      expect(await other.ended()).toMatchObject({ code: 'CLOSED' })
      expect(() => other.transport.openPushes(other.address.id, { onPush() {}, onClosed() {} })).toThrow(
        CacheConnectionError,
      )
    })

    it('end when the node is dismissed, and there are none of a node that nobody named', async () => {
      const { transport, address, ended, say } = await listen()
      expect(() => transport.openPushes('elsewhere:1', { onPush() {}, onClosed() {} })).toThrow(CacheConfigError)
      await say('PING')
      transport.dismiss(address.id)
      expect(await ended()).toMatchObject({ code: 'CLOSED' })
    })
  })
}
