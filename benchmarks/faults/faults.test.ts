/** Half a minute of what `npm run faults` does for ten, and proof that it bites. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { DistributedCache } from '@mtaio/distributed'
import { CacheNode } from '@mtaio/distributed/node'
import { afterEach, describe, expect, it } from 'vitest'
import { runCampaign } from './campaign.js'
import { FaultProxy } from './fault-proxy.js'
import { sleep } from './load.js'
import { Member } from './member.js'
import { PROFILES, type Profile, WEAK } from './profile.js'
import { linesOf } from './report.js'
import { SeededDice } from './seeded-dice.js'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const named = (...names: string[]): Profile[] => PROFILES.filter(({ name }) => names.includes(name))

describe('real processes under attack', () => {
  it.each([
    { engine: 'redis', nodes: 3, seed: 1, profiles: named('linearizable', 'a copy to spare') },
    { engine: 'node', nodes: 5, seed: 2, profiles: named('majority', 'defaults') },
  ] as const)(
    'over $nodes of $engine every promise holds, and copies are whole again without reads',
    async (campaign) => {
      const rounds = await runCampaign({ ...campaign, seconds: 12 })
      const broken = rounds.filter(({ violations, healedAfter }) => violations.length > 0 || healedAfter === undefined)
      expect(broken.flatMap(linesOf)).toEqual([])
      expect(rounds.length).toBeGreaterThan(0)
      for (const { calls, failed } of rounds) expect(calls).toBeGreaterThan(failed)
    },
    180_000,
  )

  it('settings that keep less than is claimed of them are found out', async () => {
    const rules = new Set<string>()
    // What a round meets is chance; most meet it.
    for (let seed = 1; seed <= 10 && !rules.has('stale-read'); seed++) {
      const weak = { engine: 'redis', nodes: 3, seconds: 1, span: 4000, seed, profiles: [WEAK] } as const
      for (const { violations } of await runCampaign(weak)) for (const { rule } of violations) rules.add(rule)
    }
    expect([...rules]).toContain('stale-read')
  }, 300_000)
})

describe('Member', () => {
  it('whose process has ended by itself is stopped like any other', async () => {
    const member = await Member.start('redis', Math.random)
    const { server } = member as unknown as { server: ChildProcess }
    server.kill('SIGKILL')
    await once(server, 'exit')
    await member.stop()
  })

  it('is killed and started again in the order in which that was asked for', async () => {
    const member = await Member.start('redis', Math.random)
    closers.push(() => member.stop())
    await Promise.all([member.restart({ isEmpty: true }), member.kill(), member.restart({ isEmpty: false })])
    await member.kill()
    await member.restart({ isEmpty: true })
  })

  it('does not take for its own who else answers on its port', async () => {
    const member = await Member.start('redis', Math.random)
    closers.push(() => member.stop())
    await member.kill()
    const other = createServer((socket) => socket.end('+PONG\r\nprocess_id:1\r\n'))
    await new Promise<void>((resolve) => other.listen(member.port, '127.0.0.1', resolve))
    closers.push(() => other.close())
    await expect(member.restart({ isEmpty: true })).rejects.toThrow('did not come up')
  })
})

describe('FaultProxy', () => {
  it('closes, whatever has become of its connections', async () => {
    const { client, proxy, port } = await echo()
    client.write('a')
    proxy.begin({ what: 'half-open' })
    proxy.end({ what: 'half-open' })
    client.end()
    proxy.begin({ what: 'silence', way: 'back' })
    const mute = await join(port)
    mute.client.write('b'.repeat(1_000_000))
    mute.client.pause()
    proxy.begin({ what: 'cut' })
    const refused = [join(port), join(port)]
    await proxy.close()
    for (const { client: each } of await Promise.all(refused)) await until(() => each.destroyed)
    await until(() => mute.client.destroyed)
  })

  it('flips bits, and a cache answers with what was written or with an error, and never with anything else', async () => {
    const node = new CacheNode({ port: 0 })
    await node.start()
    closers.push(() => node.stop())
    const proxy = new FaultProxy(node.port, new SeededDice(7).next)
    const port = await proxy.listen()
    closers.push(() => proxy.close())
    const cache = new DistributedCache<string>({ nodes: [['127.0.0.1', port]], operationTimeout: '300ms' })
    closers.push(() => cache[Symbol.asyncDispose]())
    // Long, so that the bits that are flipped are its own.
    const value = 'what was written '.repeat(200)
    await cache.set('key', value)
    const corruption = { what: 'corruption', way: 'back', chance: 0.7 } as const
    proxy.begin(corruption)
    const seen = new Set<string>()
    for (let i = 0; i < 40; i++) {
      const answer = await cache.get('key').catch((error: Error) => error)
      seen.add(answer instanceof Error ? answer.name : answer === value ? 'right' : `wrong: ${answer}`)
    }
    expect(seen).toContain('CacheSerializationError')
    expect([...seen].filter((what) => what.startsWith('wrong'))).toEqual([])
    proxy.end(corruption)
  }, 60_000)

  it('keeps bytes back one way, and delivers them when that is over', async () => {
    const { client, heard, proxy } = await echo()
    const silence = { what: 'silence', way: 'back' } as const
    proxy.begin(silence)
    client.write('held')
    await sleep(50)
    expect(heard()).toBe('')
    proxy.end(silence)
    await until(() => heard() === 'held')
  })

  it('leaves a client with half a connection, and lets the next one in', async () => {
    const { client, heard, proxy, port } = await echo()
    client.write('a')
    await until(() => heard() === 'a')
    proxy.begin({ what: 'half-open' })
    client.write('b')
    await sleep(50)
    expect([heard(), client.destroyed]).toEqual(['a', false])
    const next = await join(port)
    next.client.write('c')
    await until(() => next.heard() === 'c')
  })

  it('cuts what there is and what comes', async () => {
    const { client, proxy, port } = await echo()
    const cut = { what: 'cut' } as const
    proxy.begin(cut)
    await until(() => client.destroyed)
    const refused = await join(port)
    await until(() => refused.client.destroyed)
    proxy.end(cut)
    const { client: back, heard } = await join(port)
    back.write('well')
    await until(() => heard() === 'well')
  })
})

/** A proxy before a server that sends everything back, and a client of it. */
async function echo() {
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: target } = server.address() as { port: number }
  const proxy = new FaultProxy(target, Math.random)
  const port = await proxy.listen()
  closers.push(
    () => server.close(),
    () => proxy.close(),
  )
  return { ...(await join(port)), proxy, port }
}

async function join(port: number): Promise<{ client: Socket; heard: () => string }> {
  let text = ''
  const client = connect(port, '127.0.0.1')
  client.on('data', (bytes) => {
    text += bytes
  })
  client.on('error', () => client.destroy())
  closers.push(() => client.destroy())
  await new Promise<void>((resolve) => {
    client.once('connect', resolve)
    client.once('close', () => resolve())
  })
  return { client, heard: () => text }
}

/** Resolves when it holds; the test's own timeout is the bound. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5)
}
