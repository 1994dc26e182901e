/**
 * What a node is doing, by MONITOR, for a moment: a connection of its own, that ends after so many milliseconds or lines,
 * whichever is first. A node that is monitored does more work, so this is never left on by itself.
 */
import type { Socket } from 'node:net'
import type { Clock } from '@mtaio/core'
import { CacheConnectionError } from '@mtaio/exceptions'
import { encodeCommand } from '../resp/encode.js'
import { type Reply, ReplyError } from '../resp/reply.js'
import { ReplyDecoder } from '../resp/reply-decoder.js'
import type { NodeAddress } from './node-address.js'

export interface MonitorLimits {
  /** How long lines are read, ms. */
  readonly duration: number
  readonly maxLines: number
  /** Ends it before. */
  readonly signal?: AbortSignal | undefined
}

/** How long the node may take to begin, ms. */
const PATIENCE = 2000

/**
 * Hands on the lines of a node's MONITOR for a moment.
 *
 * @throws CacheConnectionError when the node is out of reach, does not begin in time or refuses
 */
export function monitorFor(
  { id, username, password }: NodeAddress,
  socket: Socket,
  clock: Required<Clock>,
  { duration, maxLines, signal }: MonitorLimits,
  onLine: (line: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let lines = 0
    let awaited = password === undefined ? 1 : 2
    const end = (error?: CacheConnectionError) => {
      cancel()
      signal?.removeEventListener('abort', leave)
      socket.destroy()
      if (error === undefined) resolve()
      else reject(error)
    }
    const leave = () => end()
    signal?.addEventListener('abort', leave, { once: true })
    const fail = (message: string, cause?: unknown) =>
      end(new CacheConnectionError(`${id} ${message}`, { node: id, cause }))
    let cancel = clock.setTimer(() => fail(`did not begin to monitor within ${PATIENCE} ms`), PATIENCE)

    const replied = (reply: Reply) => {
      if (awaited > 0) {
        if (reply instanceof ReplyError) return fail(`refused to be monitored: ${reply.message}`)
        awaited--
        if (awaited > 0) return
        cancel()
        cancel = clock.setTimer(() => end(), duration)
        return
      }
      if (lines === maxLines) return
      if (typeof reply === 'string') onLine(reply)
      if (++lines === maxLines) end()
    }
    const decoder = new ReplyDecoder({ onReply: replied })
    socket.on('data', (chunk: Uint8Array) => {
      try {
        decoder.write(chunk)
      } catch (error) {
        fail('sent what is no line of MONITOR', error)
      }
    })
    socket.on('error', (error) => fail('is out of reach', error))
    socket.on('close', () => fail('closed the connection'))
    if (password !== undefined) {
      socket.write(encodeCommand(username === undefined ? ['AUTH', password] : ['AUTH', username, password]))
    }
    socket.write(encodeCommand(['MONITOR']))
  })
}
