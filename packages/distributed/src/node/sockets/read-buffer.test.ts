import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ReadBuffer } from './read-buffer.js'

/** What is read of two clients at a time, each told apart; sockets are adopted as `adopt` does it. */
async function readFromTwo(adopt: (reading: ReadBuffer, accepted: Socket) => Socket) {
  const reading = new ReadBuffer()
  const read: string[] = ['', '']
  const buffers = new Set<ArrayBufferLike>()
  const server = createServer({ pauseOnConnect: true }, (accepted) => {
    const socket = adopt(reading, accepted)
    let who = -1
    reading.start(socket, (bytes, end) => {
      buffers.add(bytes.buffer)
      const text = Buffer.from(bytes.subarray(0, end)).toString('latin1')
      if (who < 0) who = Number(text[0])
      read[who] += text
      socket.write(`${end}`)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const clients = [0, 1].map(() => connect((server.address() as { port: number }).port, '127.0.0.1'))
  for (const [who, client] of clients.entries()) {
    client.write(`${who}hello`)
    expect(String(await once(client, 'data'))).toBe('6')
  }
  for (const client of clients) {
    client.end('bye')
    client.resume()
    await once(client, 'close')
  }
  // Ends only when the server counts nobody any more.
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return { read, buffers }
}

describe('ReadBuffer', () => {
  it('reads every socket into one buffer, and the server lets go of those that close', async () => {
    const { read, buffers } = await readFromTwo((reading, accepted) => reading.adopt(accepted))
    expect(read).toEqual(['0hellobye', '1hellobye'])
    expect(buffers.size).toBe(1)
  })

  it('uses the accepted socket where its handle is not what it is taken for', async () => {
    const { read } = await readFromTwo((reading, accepted) => {
      const handle = (accepted as unknown as { _handle: { useUserBuffer: unknown } })._handle
      handle.useUserBuffer = undefined
      expect(reading.adopt(accepted)).toBe(accepted)
      return accepted
    })
    expect(read).toEqual(['0hellobye', '1hellobye'])
  })

  it('reads one buffer full of a client in a turn of the event loop, then all others have theirs; all of it, pauses apart', async () => {
    const LENGTH = 8 * 2 ** 20
    const reading = new ReadBuffer()
    const chunks: { readonly turn: number; readonly end: number }[] = []
    let turn = 0
    let isOver = false
    const nextTurn = () => {
      turn++
      if (!isOver) setImmediate(nextTurn)
    }
    const read = new Promise<number>((resolve) => {
      let length = 0
      const server = createServer({ pauseOnConnect: true }, (accepted) => {
        const socket = reading.adopt(accepted)
        let isPaused = false
        reading.start(socket, (_bytes, end) => {
          expect(isPaused).toBe(false)
          chunks.push({ turn, end })
          length += end
          if (chunks.length === 5) {
            isPaused = true
            socket.pause()
            const goOn = (turns: number) => {
              if (turns > 0) return void setImmediate(goOn, turns - 1)
              isPaused = false
              socket.resume()
            }
            goOn(20)
          }
          if (length < LENGTH) return
          socket.destroy()
          server.close(() => resolve(length))
        })
      })
      server.listen(0, '127.0.0.1', () => {
        const client = connect((server.address() as { port: number }).port, '127.0.0.1')
        client.write(new Uint8Array(LENGTH))
        client.on('error', () => {})
      })
    })
    nextTurn()
    expect(await read).toBe(LENGTH)
    isOver = true
    const full = chunks.filter(({ end }) => end === 64 * 1024).map((chunk) => chunk.turn)
    expect(full.length).toBeGreaterThan(10)
    expect(new Set(full).size).toBe(full.length)
  })
})
