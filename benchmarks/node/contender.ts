/** The two servers that are measured, each in a fresh process on loopback. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { redisCli } from './redis-cli.js'

export type ContenderName = 'redis-server' | 'CacheNode'
export const CONTENDERS: readonly ContenderName[] = ['redis-server', 'CacheNode']

export interface Contender {
  readonly name: ContenderName
  readonly port: number
  readonly pid: number
  /** Has it collect its garbage, where there is any. */
  collect(): Promise<void>
  stop(): Promise<void>
}

export function start(name: ContenderName, maxMemory = '4gb'): Promise<Contender> {
  return name === 'redis-server' ? startRedis() : startNode(maxMemory)
}

async function startRedis(): Promise<Contender> {
  const port = await freePort()
  const words = [
    '--bind',
    '127.0.0.1',
    '--port',
    `${port}`,
    '--save',
    '',
    '--appendonly',
    'no',
    '--loglevel',
    'warning',
  ]
  const server = spawn('redis-server', words, { stdio: 'ignore' })
  await once(server, 'spawn')
  for (let attempt = 0; ; attempt++) {
    if (await redisCli(port, 'PING').catch(() => undefined)) break
    if (attempt === 100) throw new Error('redis-server does not answer')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { name: 'redis-server', port, pid: server.pid!, collect: async () => {}, stop: () => ended(server) }
}

async function startNode(maxMemory: string): Promise<Contender> {
  const file = fileURLToPath(new URL('./node-process.js', import.meta.url))
  const server = fork(file, [maxMemory], { execArgv: ['--expose-gc'] })
  const [{ port }] = (await once(server, 'message')) as [{ port: number }]
  return {
    name: 'CacheNode',
    port,
    pid: server.pid!,
    async collect() {
      server.send('collect')
      await once(server, 'message')
    },
    stop: () => ended(server),
  }
}

async function ended(server: ChildProcess): Promise<void> {
  // One that was killed by others says nothing more.
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = once(server, 'exit')
  server.kill('SIGKILL')
  await gone
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('the probe has no port')
  return address.port
}
