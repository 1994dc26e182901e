import { createServer, type Server, type Socket } from 'node:net'
import { type Clock, systemClock } from '@mtaio/core'
import { ManualClock } from '@mtaio/core/testing'
import { CacheConnectionError, CacheTimeoutError } from '@mtaio/exceptions'
import { afterEach, describe, expect, it } from 'vitest'
import { encodeReply } from '../resp/encode.js'
import { type Reply, ReplyError } from '../resp/reply.js'
import { RequestDecoder } from '../resp/request-decoder.js'
import { parseNode } from './node-address.js'
import { RespTransport } from './resp-transport.js'

const text = new TextDecoder()
const closers: (() => unknown)[] = []

/** A server that does with each connection and command what the test says. */
async function serve(
  onCommand: (command: string[], socket: Socket) => void,
  onConnect: (socket: Socket) => void = () => {},
) {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnect(socket)
    const decoder = new RequestDecoder({
      onCommand: (parts) =>
        onCommand(
          parts.map((part) => text.decode(part)),
          socket,
        ),
    })
    socket.on('data', (chunk) => decoder.write(chunk))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as { port: number }).port, sockets }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const reply = (socket: Socket, value: Reply) => socket.write(encodeReply(value, 2))

function transportTo(urls: string[], clock: Required<Clock> = systemClock) {
  const nodes = urls.map(parseNode)
  const transport = new RespTransport({
    nodes,
    clock,
    random: () => 0.5,
    limits: { maxInFlight: 100, maxInFlightBytes: 10_000 },
  })
  closers.push(() => transport.close())
  const send = (
    command: string[],
    { within = 5000, signal, node = 0 }: { within?: number; signal?: AbortSignal; node?: number } = {},
  ) => transport.send(nodes[node]!.id, command, { deadline: clock.now() + within, signal })
  return { transport, send }
}

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

describe('RespTransport', () => {
  it('pipelines commands and gives each its own reply', async () => {
    const { port } = await serve(([, word], socket) => reply(socket, new TextEncoder().encode(word)))
    const { send } = transportTo([`127.0.0.1:${port}`])
    const words = Array.from({ length: 90 }, (_, number) => `word${number}`)
    const replies = await Promise.all(words.map((word) => send(['ECHO', word])))
    expect(replies.map((each) => text.decode(each as Uint8Array))).toEqual(words)
  })

  it('has the elements of an array read where they lie, as they come, and stops telling of them at the deadline', async () => {
    const clock = new ManualClock()
    const stream = encodeReply([new TextEncoder().encode('first'), null, new TextEncoder().encode('second')], 2)
    const sockets: Socket[] = []
    const { port } = await serve((_, socket) => void sockets.push(socket))
    const { transport, send } = transportTo([`127.0.0.1:${port}`], clock)
    const told: unknown[] = []
    const ask = (name: string) =>
      transport.ask(
        `127.0.0.1:${port}`,
        ['MGET', 'a', 'b', 'c'],
        { deadline: clock.now() + 100 },
        {
          heard: () => told.push(`${name} heard`),
          failed: (reason) => told.push(`${name} ${(reason as Error).constructor.name}`),
          elements: {
            begin: (count) => told.push(`${name} ${count}`),
            more: () => undefined,
            read: (chunk, start, end) => told.push(`${name} ${text.decode(chunk.slice(start, end))}`),
            readOther: (other) => told.push(`${name} ${other}`),
          },
        },
      )
    const until = async (count: number) => {
      while (told.length < count) await turn()
    }
    ask('one')
    ask('two')
    while (sockets.length < 2) await turn()
    const [socket] = sockets as [Socket]
    for (const byte of stream) {
      socket.write(Uint8Array.of(byte))
      await turn()
    }
    await until(4)
    expect(told).toEqual(['one 3', 'one first', 'one null', 'one second'])
    socket.write(stream.subarray(0, 17))
    await until(6)
    clock.advance(101)
    await until(7)
    expect(told.slice(4)).toEqual(['two 3', 'two first', 'two CacheTimeoutError'])
    // The rest keeps its place, and what follows is answered with its own.
    const next = send(['PING'])
    socket.write(stream.subarray(17))
    while (sockets.length < 3) await turn()
    socket.write('+PONG\r\n')
    expect(await next).toBe('PONG')
  })

  it('calls before leaving whoever wants to send more in the same write', async () => {
    const seen: string[] = []
    const { port } = await serve(([name], socket) => {
      seen.push(name!)
      reply(socket, 'OK')
    })
    const { transport, send } = transportTo([`127.0.0.1:${port}`])
    await send(['FIRST'])
    const order: string[] = []
    transport.beforeLeaving(() => {
      order.push('before')
      void send(['LATER'])
    })
    await send(['SOON']).then(() => order.push('answered'))
    expect(order).toEqual(['before', 'answered'])
    await send(['END'])
    expect(seen).toEqual(['FIRST', 'SOON', 'LATER', 'END'])
  })

  it('answers an error reply as a value', async () => {
    const { port } = await serve((_, socket) => reply(socket, new ReplyError('ERR no')))
    const { send } = transportTo([`127.0.0.1:${port}`])
    expect(await send(['GET', 'a'])).toEqual(new ReplyError('ERR no'))
  })

  it('logs in before anything else, and says so when it is refused', async () => {
    const seen: string[][] = []
    const { port } = await serve((command, socket) => {
      seen.push(command)
      reply(socket, command[0] === 'AUTH' && command[2] === 'wrong' ? new ReplyError('WRONGPASS no') : 'OK')
    })
    const { send } = transportTo([`redis://user:secret@127.0.0.1:${port}`])
    await send(['PING'])
    expect(seen).toEqual([['AUTH', 'user', 'secret'], ['PING']])
    const refused = transportTo([`redis://user:wrong@127.0.0.1:${port}`])
    const error = await refused.send(['PING']).catch((reason: Error) => reason)
    expect(error).toMatchObject({ code: 'AUTH' })
    expect((error as Error).message).not.toContain('wrong@')
  })

  it('fails a command at its deadline and does not give its late reply to the next one', async () => {
    const { port } = await serve(([name, word], socket) => {
      // The beginning of a reply shows that the node lives, so the connection is kept.
      if (name === 'SLOW') socket.write('+la')
      else {
        socket.write('te\r\n')
        reply(socket, word!)
      }
    })
    const { send } = transportTo([`127.0.0.1:${port}`])
    await expect(send(['SLOW'], { within: 200 })).rejects.toThrow(CacheTimeoutError)
    expect(await send(['ECHO', 'b'])).toBe('b')
  })

  it('gives up a connection on which nothing comes back, and with it all that waits', async () => {
    let connections = 0
    const { port } = await serve(
      () => {},
      () => {
        connections++
      },
    )
    const { send } = transportTo([`127.0.0.1:${port}`])
    const first = send(['GET', 'a'], { within: 40 })
    const second = send(['GET', 'b'], { within: 60_000 })
    await expect(first).rejects.toThrow(CacheTimeoutError)
    await expect(second).rejects.toThrow(CacheConnectionError)
    expect(connections).toBe(1)
  })

  it('does not let one tight deadline take down what waits behind it', async () => {
    const held: Socket[] = []
    const { port } = await serve((_, socket) => held.push(socket))
    const clock = new ManualClock()
    const { send } = transportTo([`127.0.0.1:${port}`], clock)
    const tight = send(['GET', 'a'], { within: 5 })
    const patient = send(['GET', 'b'])
    while (held.length < 2) await turn()
    clock.advance(6)
    await expect(tight).rejects.toThrow(CacheTimeoutError)
    for (const [i, socket] of held.entries()) reply(socket, `reply ${i}`)
    expect(await patient).toBe('reply 1')
  })

  it('gives up a node that falls silent in the middle of a reply', async () => {
    let ended = false
    const { port } = await serve(
      ([name], socket) => name === 'PING' && socket.write('+PONG\r\n+and th'),
      (socket) => socket.on('close', () => (ended = true)),
    )
    const clock = new ManualClock()
    const { send } = transportTo([`127.0.0.1:${port}`], clock)
    const [pong, cut] = [send(['PING']), send(['GET', 'a'], { within: 100 })]
    clock.advance(1)
    expect(await pong).toBe('PONG')
    clock.advance(100)
    await expect(cut).rejects.toThrow(CacheTimeoutError)
    expect(ended).toBe(false)
    const next = send(['GET', 'b'])
    clock.advance(1000)
    await expect(next).rejects.toThrow(CacheConnectionError)
    while (!ended) await turn()
  })

  it('reads what arrived while the process was busy before it calls it late', async () => {
    const clock = new ManualClock()
    const { port } = await serve((_, socket) => {
      reply(socket, 'PONG')
      // The reply lies in the socket, unread, when time is up.
      setImmediate(() => clock.advance(10_000))
    })
    const { send } = transportTo([`127.0.0.1:${port}`], clock)
    expect(await send(['PING'], { within: 1000 })).toBe('PONG')
  })

  it('takes replies cut into single bytes', async () => {
    const { port } = await serve(([, word], socket) => {
      for (const byte of encodeReply([word!, 7, null], 2)) socket.write(Uint8Array.of(byte))
    })
    const { send } = transportTo([`127.0.0.1:${port}`])
    expect(await Promise.all([send(['ECHO', 'a']), send(['ECHO', 'b'])])).toEqual([
      ['a', 7, null],
      ['b', 7, null],
    ])
  })

  it('fails what waits when the node hangs up in the middle of a reply', async () => {
    const { port } = await serve((_, socket) => socket.end('$100\r\nhalf a'))
    const { send } = transportTo([`127.0.0.1:${port}`])
    await expect(send(['GET', 'a'])).rejects.toThrow(CacheConnectionError)
  })

  it('fails at once while a node is away, and finds it again when it is back', async () => {
    const first = await serve((_, socket) => reply(socket, 'PONG'))
    const { send } = transportTo([`127.0.0.1:${first.port}`])
    await send(['PING'])
    for (const socket of first.sockets) socket.destroy()
    // Either the loss has been noticed already, or this command is lost with the connection.
    const outcomes: unknown[] = []
    while (!outcomes.includes('PONG') || outcomes.length < 2) {
      outcomes.push(await send(['PING']).catch((error: Error) => error.constructor.name))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(outcomes.filter((outcome) => outcome !== 'PONG').every((name) => name === 'CacheConnectionError')).toBe(true)
  })

  it('refuses what is over its bounds instead of queueing it', async () => {
    const { port } = await serve(() => {})
    const { send } = transportTo([`127.0.0.1:${port}`])
    const waiting = Array.from({ length: 100 }, () => send(['GET', 'a']).catch(() => undefined))
    await expect(send(['GET', 'a'])).rejects.toMatchObject({ code: 'BUSY' })
    const large = transportTo([`127.0.0.1:${port}`])
    await expect(large.send(['SET', 'a', 'x'.repeat(20_000)])).rejects.toMatchObject({ code: 'BUSY' })
    for (const close of closers.splice(0)) await close()
    await Promise.all(waiting)
  })

  it('drops a node that talks garbage, and no other', async () => {
    const garbage = await serve(
      () => {},
      (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    )
    const sound = await serve((_, socket) => reply(socket, 'PONG'))
    const { send } = transportTo([`127.0.0.1:${garbage.port}`, `127.0.0.1:${sound.port}`])
    const [bad, good] = await Promise.allSettled([send(['PING']), send(['PING'], { node: 1 })])
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'PROTOCOL' } })
    expect(good).toMatchObject({ status: 'fulfilled', value: 'PONG' })
    expect(await send(['PING'], { node: 1 })).toBe('PONG')
  })

  it('lets a caller leave by its signal and keeps the others in step', async () => {
    const held: Socket[] = []
    const { port } = await serve(([name], socket) => {
      if (name === 'HOLD') held.push(socket)
      else {
        for (const each of held.splice(0)) reply(each, 'held')
        reply(socket, 'PONG')
      }
    })
    const { send } = transportTo([`127.0.0.1:${port}`])
    const controller = new AbortController()
    const hold = send(['HOLD'], { signal: controller.signal })
    controller.abort(new Error('left'))
    await expect(hold).rejects.toThrow('left')
    expect(await send(['PING'])).toBe('PONG')
    await expect(send(['PING'], { signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never')
  })

  it('rejects everything after close', async () => {
    const { port } = await serve(() => {})
    const { transport, send } = transportTo([`127.0.0.1:${port}`])
    const waiting = send(['GET', 'a'])
    waiting.catch(() => {})
    await transport.close()
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(send(['GET', 'a'])).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('says that nobody listens there', async () => {
    const { port } = await serve(() => {})
    for (const close of closers.splice(0)) await close()
    const { send } = transportTo([`127.0.0.1:${port}`])
    await expect(send(['PING'])).rejects.toThrow(CacheConnectionError)
  })
})

describe('parseNode', () => {
  it('reads every form in which users write a node', () => {
    expect(parseNode(['localhost', 5000])).toMatchObject({ id: 'localhost:5000', tls: false })
    expect(parseNode('10.0.0.1:7000')).toMatchObject({ host: '10.0.0.1', port: 7000 })
    expect(parseNode('[::1]:7000')).toMatchObject({ id: '[::1]:7000', host: '::1' })
    expect(parseNode('redis://cache')).toMatchObject({ id: 'cache:6379', password: undefined })
    expect(parseNode('rediss://me:p%40ss@[::1]:6380/0')).toMatchObject({
      host: '::1',
      tls: true,
      username: 'me',
      password: 'p@ss',
    })
    expect(parseNode('redis://:secret@h:1')).toMatchObject({ username: undefined, password: 'secret' })
  })

  it('refuses what is no node, and never shows a password', () => {
    for (const bad of [
      '',
      'localhost',
      'a:b',
      'h:0',
      'h:70000',
      5000,
      null,
      {},
      ['h'],
      ['h', '5000'],
      ['', 1],
      'http://h:1',
      'redis://h:1/3',
    ]) {
      expect(() => parseNode(bad), JSON.stringify(bad)).toThrow(/node|port|URL/)
    }
    for (const bad of ['redis://u:hunter2@h:1/3', 'redis://u:hunter2@h:port', 'amqp://u:hunter2@h:1']) {
      let message = ''
      try {
        parseNode(bad)
      } catch (error) {
        message = (error as Error).message
      }
      expect(message).not.toBe('')
      expect(message).not.toContain('hunter2')
    }
  })
})
