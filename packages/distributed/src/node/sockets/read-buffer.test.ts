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
})
