/** The command as users run it: real processes of the bundled sources, watched from outside. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { version } from '../../package.json'
import { buildCommand } from '../../test-support/build-command.js'
import { freePort } from '../../test-support/redis-server.js'
import { plain, RespClient } from '../../test-support/resp-client.js'

let folder: string
let command: string
const running: ChildProcess[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mtaio-cli-'))
  command = await buildCommand(folder)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

interface Run {
  readonly child: ChildProcess
  /** The next line of the output; rejects when there is none to come. */
  line(): Promise<string>
  /** Its exit code, and everything that it complained of. */
  readonly ended: Promise<{ code: number | null; complaints: string }>
}

function run(words: readonly string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [command, ...words], { env: { ...process.env, ...env } })
  running.push(child)
  let complaints = ''
  child.stderr.on('data', (chunk) => {
    complaints += String(chunk)
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    child,
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, complaints })),
    async line() {
      const next = await lines.next()
      if (next.done) throw new Error(`no more lines; it complained: ${complaints}`)
      return next.value
    },
  }
}

async function ask(port: number, ...words: string[]): Promise<unknown> {
  const client = await RespClient.open(port)
  try {
    return plain(await client.send(...words))
  } finally {
    await client.close()
  }
}

const portOf = (line: string) => Number(/:(\d+)$/.exec(line)![1])

describe('mtaio node', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('says where it listens, answers, and ends with 0 on %s', async (signal) => {
    const node = run(['node', '--port', '0', '--max-size', '2', '--policy', 'fifo'])
    const line = await node.line()
    expect(line).toMatch(/^mtaio node listening on 127\.0\.0\.1:\d+$/)
    for (const key of ['a', 'b', 'c']) expect(await ask(portOf(line), 'SET', key, 'v')).toBe('OK')
    expect(await ask(portOf(line), 'EXISTS', 'a', 'b', 'c')).toBe(2)
    expect(await ask(portOf(line), 'CONFIG', 'GET', 'maxmemory-policy')).toEqual([
      { bytes: 'maxmemory-policy' },
      { bytes: 'fifo' },
    ])
    node.child.kill(signal)
    expect(await node.ended).toEqual({ code: 0, complaints: '' })
  })

  it('says in one line that the port is in use, and exits with 1', async () => {
    const first = run(['node', '--port', '0'])
    const port = portOf(await first.line())
    expect(await run(['node', '--port', String(port)]).ended).toEqual({
      code: 1,
      complaints: `mtaio: port ${port} on 127.0.0.1 is in use: choose another, or 0 for a free one\n`,
    })
  })

  it('takes the password from the environment', async () => {
    const node = run(['node', '--port', '0'], { MTAIO_PASSWORD: 'sesame' })
    const port = portOf(await node.line())
    expect(await ask(port, 'PING')).toEqual({ error: 'NOAUTH Authentication required.' })
    expect(await ask(port, 'AUTH', 'sesame')).toBe('OK')
  })

  it.each<[string[], RegExp]>([
    [['node', '--port', 'x'], /argument 'x' is invalid/],
    [['node', '--port', '70000'], /^mtaio: port must be an integer from 0 to 65535, not 70000\n$/],
    [['node', '--host', '0.0.0.0'], /^mtaio: .*needs a password/],
    [['node', '--policy', 'mru'], /^mtaio: evictionPolicy must be one of/],
    [['node', '--max-memory', 'lots'], /^mtaio: maxMemory must be/],
    [['cluster', '--nodes', '0'], /^mtaio: nodes must be from 1 to 64, not 0\n$/],
    [['cluster', '--port', '65534'], /^mtaio: 3 nodes from port 65534 on do not fit/],
    [['clutser'], /unknown command 'clutser'/],
  ])('refuses %j', async (words, complaint) => {
    const { code, complaints } = await run(words).ended
    expect(code).toBe(1)
    expect(complaints).toMatch(complaint)
  })

  it('takes flags over the environment, and the environment over the file', async () => {
    const file = join(folder, 'node.json')
    await writeFile(file, JSON.stringify({ port: 0, maxSize: 7, evictionPolicy: 'lfu', password: 'from the file' }))
    const node = run(['node', '--config', file, '--max-size', '9'], { MTAIO_MAX_SIZE: '8', MTAIO_PASSWORD: 'env' })
    const port = portOf(await node.line())
    const client = await RespClient.open(port)
    expect(plain(await client.send('AUTH', 'from the file'))).toMatchObject({ error: expect.any(String) })
    expect(plain(await client.send('AUTH', 'env'))).toBe('OK')
    for (let i = 0; i < 20; i++) await client.send('SET', `k${i}`, 'v')
    expect(plain(await client.send('DBSIZE'))).toBe(9)
    expect(plain(await client.send('CONFIG', 'GET', 'maxmemory-policy'))).toContainEqual({ bytes: 'lfu' })
    await client.close()
  })

  it('keeps its entries over a restart, answers HTTP, and logs in JSON', async () => {
    const words = ['node', '--port', '0', '--snapshot', join(folder, 'kept'), '--http-port', '0', '--log-level', 'info']
    const first = run(words)
    await ask(portOf(await first.line()), 'SET', 'a', '1')
    const port = /port (\d+)$/.exec(await first.line())![1]
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
    first.child.kill('SIGTERM')
    const { code, complaints } = await first.ended
    expect(code).toBe(0)
    const logged = complaints
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).msg)
    expect(logged).toEqual(['listening', 'snapshot written', 'stopped'])
    expect(await ask(portOf(await run(words).line()), 'GET', 'a')).toEqual({ bytes: '1' })
  })

  it('shows no piece of a configuration that it cannot read', async () => {
    const file = join(folder, 'broken.json')
    await writeFile(file, '{"password": "hunter2"')
    const { code, complaints } = await run(['node', '--config', file]).ended
    expect([code, complaints]).toEqual([1, `mtaio: the configuration ${file} is not JSON\n`])
  })

  it('tells its version', async () => {
    expect(await run(['--version']).line()).toBe(version)
  })
})

describe('mtaio cluster', () => {
  async function started(): Promise<{ cluster: Run; ports: number[] }> {
    const cluster = run(['cluster', '--nodes', '3', '--port', '0'])
    const ports: number[] = []
    for (let i = 0; i < 3; i++) ports.push(portOf(await cluster.line()))
    expect(await cluster.line()).toMatch(/^mtaio cluster of 3 nodes listening on( 127\.0\.0\.1:\d+){3}$/)
    return { cluster, ports }
  }

  it('runs nodes that know nothing of each other, and ends them all on SIGTERM', async () => {
    const { cluster, ports } = await started()
    expect(new Set(ports).size).toBe(3)
    await ask(ports[0]!, 'SET', 'a', '1')
    expect(await Promise.all(ports.map((port) => ask(port, 'EXISTS', 'a')))).toEqual([1, 0, 0])
    cluster.child.kill('SIGTERM')
    expect(await cluster.ended).toEqual({ code: 0, complaints: '' })
    for (const port of ports) await expect(ask(port, 'PING')).rejects.toThrow()
  })

  it('takes its nodes with it when it is killed', async () => {
    const { cluster, ports } = await started()
    const clients = await Promise.all(ports.map((port) => RespClient.open(port)))
    cluster.child.kill('SIGKILL')
    // The output is closed once the last process that holds it has ended.
    await cluster.ended
    await Promise.all(clients.map((client) => client.closed))
    for (const port of ports) await expect(ask(port, 'PING')).rejects.toThrow()
  })

  it('tells which node has ended, and goes on with the others', async () => {
    const { cluster, ports } = await started()
    const info = (await ask(ports[1]!, 'INFO', 'server')) as { bytes: string }
    process.kill(Number(/process_id:(\d+)/.exec(info.bytes)![1]), 'SIGKILL')
    const [complaint] = await once(cluster.child.stderr!, 'data')
    expect(String(complaint)).toMatch(/^mtaio: node 127\.0\.0\.1:\d+ has ended \(SIGKILL\), 2 left\n$/)
    expect(await ask(ports[0]!, 'PING')).toBe('PONG')
  })

  it('starts no node where one of them cannot start', async () => {
    const taken = await freePort()
    const other = run(['node', '--port', String(taken)])
    await other.line()
    const { code, complaints } = await run(['cluster', '--nodes', '2', '--port', String(taken)]).ended
    expect(code).toBe(1)
    expect(complaints).toContain(`mtaio: port ${taken} on 127.0.0.1 is in use`)
    await expect(ask(taken + 1, 'PING')).rejects.toThrow()
  })
})

describe('mtaio top', () => {
  it('tells what a node is doing, for people and for programs', async () => {
    const node = run(['node', '--port', '0'])
    const port = portOf(await node.line())
    await ask(port, 'SET', 'a', '1')
    const words = ['top', '--nodes', `127.0.0.1:${port},127.0.0.1:1`, '--once', '--interval', '100ms', '--no-hot-keys']
    const told = JSON.parse(await run([...words, '--json']).line())
    expect(told.nodes).toMatchObject([
      { node: `127.0.0.1:${port}`, up: true, keys: 1, intervals: [{ evictions: 0 }] },
      { node: '127.0.0.1:1', up: false, error: expect.stringContaining('ECONNREFUSED') },
    ])
    expect(await run(words).line()).toMatch(/^mtaio top {2}\d\d:\d\d:\d\d UTC {2}1 of 2 nodes up/)
  })

  it.each([
    [['--nodes', 'nowhere'], /"nowhere" is no node/],
    [['--nodes', 'a:1', '--interval', '1ms'], /interval must be from 100ms to 1h, not 1ms/],
    [['--nodes', 'a:1', '--interval', 'soon'], /interval/],
    [[], /required option '--nodes/],
  ])('refuses %j', async (words, complaint) => {
    const { code, complaints } = await run(['top', ...words]).ended
    expect(code).toBe(1)
    expect(complaints).toMatch(complaint)
  })
})
