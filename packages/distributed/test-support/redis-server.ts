/**
 * A real Valkey or Redis server for tests, in memory only. Where none is installed, tests against it do not run; on CI
 * that is a failure, so that they cannot fall silent.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { connect, createServer } from 'node:net'
import { delimiter, join } from 'node:path'

const NAMES = ['valkey-server', 'redis-server']
const START_WITHIN_MS = 10_000
/** Nothing is written to disk. */
export const IN_MEMORY = ['--save', '', '--appendonly', 'no'] as const

export interface RedisServer {
  readonly port: number
  readonly process: ChildProcess
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

/** The path of a server: `MTAIO_REDIS_SERVER`, else the first `valkey-server` or `redis-server` on the PATH. */
export function findRedisServer(): string | undefined {
  const told = process.env.MTAIO_REDIS_SERVER
  if (told !== undefined && told !== '') return told
  for (const name of NAMES) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(folder, name)
      if (isExecutable(path)) return path
    }
  }
  return undefined
}

/**
 * Whether tests against a real server can run: `describe.runIf(requireRedis())(…)`.
 *
 * @throws Error when there is no server and `CI` is set
 */
export function requireRedis(): boolean {
  if (findRedisServer() !== undefined) return true
  if (process.env.CI) {
    throw new Error('no valkey-server or redis-server on the PATH: install one, or set MTAIO_REDIS_SERVER')
  }
  return false
}

export interface RedisServerOptions {
  /** 0 (the default) takes a free one. */
  port?: number
  /** Further arguments: settings, or a file of them first. */
  args?: readonly string[]
}

/** Starts a server on loopback and waits until it answers. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const path = findRedisServer()
  if (path === undefined) throw new Error('there is no valkey-server or redis-server to start')
  const port = options.port || (await freePort())
  const server = spawn(
    path,
    [...(options.args ?? IN_MEMORY), '--bind', '127.0.0.1', '--port', String(port), '--loglevel', 'warning'],
    { stdio: 'ignore' },
  )
  const gone = new Promise<void>((resolve) => {
    server.once('exit', () => resolve())
    server.once('error', () => resolve())
  })
  const end = async (signal: NodeJS.Signals) => {
    server.kill(signal)
    await gone
    process.off('exit', killNow)
  }
  const killNow = () => server.kill('SIGKILL')
  process.once('exit', killNow)

  const deadline = Date.now() + START_WITHIN_MS
  while (!(await answers(port))) {
    if (server.exitCode !== null || server.pid === undefined || Date.now() > deadline) {
      await end('SIGKILL')
      throw new Error(`${path} did not come up on port ${port}`)
    }
  }
  return { port, process: server, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}

/** A port on loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('the probe has no port')
  return address.port
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Whether something on `port` answers PING within 20 ms or so; a refusal waits that long, too, so that callers may loop. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let pong = false
    socket.setTimeout(200, () => socket.destroy())
    socket.on('connect', () => socket.write('PING\r\n'))
    socket.on('data', (chunk) => {
      pong = /^(\+PONG|-NOAUTH)/.test(chunk.toString('latin1'))
      socket.destroy()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      if (pong) resolve(true)
      else setTimeout(() => resolve(false), 20)
    })
  })
}
