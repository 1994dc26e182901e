/** A session with a socket that is none. */
import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { encodeCommand } from '../resp/encode.js'
import type { Command } from '../resp/reply.js'
import { HeldRequests } from './held-requests.js'
import { NodeEngine } from './node-engine.js'
import type { NodeLogger } from './node-logger.js'
import { Outbox } from './outbox.js'
import { ReplyWriter } from './reply-writer.js'
import { Session, type SessionLimits } from './session.js'
import type { ClientSocket, Reader } from './sockets/client-socket.js'
import { ReadBuffer } from './sockets/read-buffer.js'

const LIMITS: SessionLimits = {
  ...{ maxBulkBytes: 1e8, maxRequestBytes: 1e8, maxOutputBytes: 1e8 },
  ...{ maxHeldBytes: 1e8, readWithin: 60_000 },
}

/** @param take - what becomes of what is written: taken once the callback is called */
function open(take: (taken: () => void) => void) {
  let reader!: Reader
  const duplex = new Duplex({ read() {}, write: (_chunk, _encoding, taken) => take(taken) })
  const socket = Object.assign(duplex, {
    ...{ bytesRead: 0, bytesWritten: 0, setNoDelay: () => socket, setKeepAlive: () => socket },
    readWith: (given: Reader) => {
      reader = given
      duplex.resume()
    },
  }) as unknown as ClientSocket & Duplex
  const engine = new NodeEngine({ now: Date.now })
  const shared = {
    ...{ writer: new ReplyWriter(), held: new HeldRequests(1e8), reading: new ReadBuffer(), outbox: new Outbox() },
  }
  const logger = { warn() {}, error() {} } as unknown as NodeLogger
  new Session(socket, engine, shared, LIMITS, logger)
  const ask = async (...commands: Command[]) => {
    const bytes = Buffer.concat(commands.map(encodeCommand))
    reader(bytes, bytes.length)
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  return { socket, ask }
}

const LARGE: Command[] = [
  ['SET', 'large', 'x'.repeat(2_000_000)],
  ['GET', 'large'],
  ['GET', 'large'],
]

describe('a session', () => {
  it('reads on when large replies are taken at once', async () => {
    const { socket, ask } = open((taken) => taken())
    await ask(...LARGE)
    expect(socket.isPaused()).toBe(false)
    socket.destroy()
  })

  it('reads no more while large replies are not taken, and goes on when they are', async () => {
    const waiting: (() => void)[] = []
    const { socket, ask } = open((taken) => waiting.push(taken))
    await ask(...LARGE)
    expect(socket.isPaused()).toBe(true)
    for (const taken of waiting.splice(0)) taken()
    await ask()
    expect(socket.isPaused()).toBe(false)
    socket.destroy()
  })
})
