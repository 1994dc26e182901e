/** CLIENT PAUSE over sockets, by the node's clock. */
import { ManualClock } from '@mtaio/core/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { plain, RespClient } from '../../test-support/resp-client.js'
import { CacheNode } from './cache-node.js'

const T0 = 1_700_000_000_000
const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.stop()
})

async function room(clients: number) {
  const clock = new ManualClock(T0)
  const node = new CacheNode({ port: 0, clock })
  await node.start()
  open.push(node)
  const joined = await Promise.all(Array.from({ length: clients }, () => RespClient.open(node.port)))
  for (const client of joined) open.push({ stop: () => client.close() })
  /** What the client is answered, in the order of the answers of all. */
  const log: string[] = []
  const say = async (client: number, ...words: string[]) => {
    const reply = plain(await joined[client]!.send(...words))
    log.push(`${client} ${words[0]}`)
    return reply
  }
  return { clock, node, say, log, joined }
}

const OK = 'OK'

describe('CLIENT PAUSE', () => {
  it('has writes wait, and what comes behind them, until it ends; reads are answered', async () => {
    const { clock, say, log, joined } = await room(3)
    await say(0, 'SET', 'a', '1', 'PX', '50')
    expect(await say(0, 'CLIENT', 'PAUSE', '100', 'WRITE')).toBe(OK)
    const held = joined[1]!.pipeline([['SET', 'a', '2'], ['GET', 'a'], ['PING']])
    const late = say(2, 'INCR', 'n')
    expect(await say(0, 'GET', 'a')).toEqual({ bytes: '1' })
    clock.advance(99)
    expect(await say(0, 'GET', 'a')).toBe(null)
    expect(log.filter((line) => line.startsWith('2'))).toEqual([])
    clock.advance(1)
    expect((await held).map(plain)).toEqual([OK, { bytes: '2' }, 'PONG'])
    expect(await late).toBe(1)
    expect(await say(1, 'GET', 'n')).toEqual({ bytes: '1' })
  })

  it('has all commands wait, the greater of two pauses holding, and what waits counts as held', async () => {
    const { clock, say, log } = await room(2)
    await say(0, 'CLIENT', 'PAUSE', '200', 'WRITE')
    await say(0, 'CLIENT', 'PAUSE', '100')
    const pings = [say(0, 'PING'), say(1, 'PING')]
    clock.advance(199)
    await new Promise(setImmediate)
    expect(log).toEqual(['0 CLIENT', '0 CLIENT'])
    clock.advance(1)
    expect(await Promise.all(pings)).toEqual(['PONG', 'PONG'])
  })

  it('is ended by CLIENT UNPAUSE, where that is no write, and by the node that stops', async () => {
    const { say, node } = await room(3)
    await say(0, 'MULTI')
    await say(0, 'SET', 'a', '1')
    await say(1, 'CLIENT', 'PAUSE', '100000', 'WRITE')
    const [exec, set] = [say(0, 'EXEC'), say(2, 'EVAL', 'return 1', '0')]
    await say(1, 'PING')
    expect(await say(1, 'CLIENT', 'UNPAUSE')).toBe(OK)
    expect(await exec).toEqual([OK])
    expect(await set).toMatchObject({ error: expect.any(String) })
    await say(1, 'CLIENT', 'PAUSE', '100000')
    const last = say(0, 'GET', 'a')
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    await node.stop()
    expect(await last.catch(() => ({ bytes: '1' }))).toEqual({ bytes: '1' })
  })

  it('sweeps nothing meanwhile', async () => {
    const { clock, node, say } = await room(1)
    await say(0, 'SET', 'a', '1', 'PX', '10')
    await say(0, 'CLIENT', 'PAUSE', '5000', 'WRITE')
    clock.advance(4000)
    expect(node.getStats().items).toBe(1)
    clock.advance(4000)
    expect(node.getStats().items).toBe(0)
  })

  it("refuses what makes no sense in Redis's words", async () => {
    const { say } = await room(1)
    for (const [words, error] of [
      [['x'], 'ERR timeout is not an integer or out of range'],
      [['-1'], 'ERR timeout is negative'],
      [['1', 'foo'], 'ERR CLIENT PAUSE mode must be WRITE or ALL'],
      [[], "ERR wrong number of arguments for 'client|pause' command"],
      [['99999999999999999999'], 'ERR timeout is not an integer or out of range'],
    ] as const) {
      expect(await say(0, 'CLIENT', 'PAUSE', ...words)).toEqual({ error })
    }
  })
})
