/** One node of a cluster under attack: a process of its own that can be killed, stopped and started again, behind a proxy. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { FaultProxy } from './fault-proxy.js'

export type Engine = 'redis' | 'node'

const START_WITHIN_MS = 60_000
const MOST_STARTS = 3

export class Member {
  private server: ChildProcess | undefined
  private last: Promise<void> = Promise.resolve()
  private readonly killNow = () => this.server?.kill('SIGKILL')

  private constructor(
    readonly engine: Engine,
    /** Where the process listens; clients do not know it. */
    readonly port: number,
    readonly proxy: FaultProxy,
    /** Where clients think it listens. */
    readonly address: readonly [host: string, port: number],
    private readonly folder: string,
  ) {}

  static async start(engine: Engine, random: () => number): Promise<Member> {
    // A port that was free a moment ago may be somebody else's by the time it is listened on.
    for (let attempt = 1; ; attempt++) {
      const port = await freePort()
      const proxy = new FaultProxy(port, random)
      const address = ['127.0.0.1', await proxy.listen()] as const
      const member = new Member(engine, port, proxy, address, await mkdtemp(join(tmpdir(), 'mtaio-faults-')))
      process.once('exit', member.killNow)
      try {
        await member.run()
        return member
      } catch (error) {
        await member.stop()
        if (attempt === MOST_STARTS) throw error
      }
    }
  }

  /** SIGSTOP: the kernel goes on taking bytes for it, and nobody answers. */
  pause(): void {
    this.server?.kill('SIGSTOP')
  }

  resume(): void {
    this.server?.kill('SIGCONT')
  }

  /** SIGKILL, once what is being done to it is done. */
  kill(): Promise<void> {
    return this.inTurn(() => this.end())
  }

  /** Starts it again: a server finds what it was told before, unless `isEmpty`; a `CacheNode` is always empty. */
  restart({ isEmpty }: { isEmpty: boolean }): Promise<void> {
    return this.inTurn(async () => {
      await this.end()
      if (isEmpty) await rm(this.folder, { recursive: true, force: true })
      await this.run()
    })
  }

  async stop(): Promise<void> {
    await this.proxy.close()
    await this.kill()
    process.off('exit', this.killNow)
    await rm(this.folder, { recursive: true, force: true })
  }

  /** One thing after the other: on a busy machine, a process is still starting when it is to be killed. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.last.then(work)
    this.last = done.catch(() => undefined)
    return done
  }

  private async end(): Promise<void> {
    const { server } = this
    this.server = undefined
    if (server === undefined || hasEnded(server)) return
    const gone = once(server, 'exit')
    server.kill('SIGKILL')
    await gone
  }

  private async run(): Promise<void> {
    await mkdir(this.folder, { recursive: true })
    const [command, ...words] = this.engine === 'redis' ? this.redisCommand() : this.nodeCommand()
    const server = spawn(command!, words, { stdio: 'ignore' })
    server.once('error', () => undefined)
    this.server = server
    const deadline = performance.now() + START_WITHIN_MS
    while ((await whoAnswers(this.port)) !== server.pid) {
      if (hasEnded(server) || performance.now() > deadline) {
        throw new Error(`${command} did not come up on port ${this.port}`)
      }
    }
  }

  /** With every write handed to the kernel before it is answered: SIGKILL loses none. */
  private redisCommand(): string[] {
    const path = process.env.MTAIO_REDIS_SERVER || 'redis-server'
    const kept = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'no', '--dir', this.folder]
    return [path, '--bind', '127.0.0.1', '--port', String(this.port), '--loglevel', 'warning', ...kept]
  }

  private nodeCommand(): string[] {
    const home = dirname(createRequire(import.meta.url).resolve('@mtaio/distributed/package.json'))
    const words = ['node', '--host', '127.0.0.1', '--port', String(this.port)]
    return [process.execPath, join(home, 'bin', 'mtaio.mjs'), ...words]
  }
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

/** Whether the process is gone, or never was. It says so once only, and to nobody who asks later. */
function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null
}

/** The process that answers on a port; takes a moment where there is none, so that callers may loop. */
function whoAnswers(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let said = ''
    const pid = () => /process_id:(\d+)\r\n/.exec(said)?.[1]
    socket.setTimeout(500, () => socket.destroy())
    socket.on('connect', () => socket.write('INFO server\r\n'))
    socket.on('data', (reply) => {
      said += reply.toString('latin1')
      if (pid() !== undefined) socket.destroy()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => setTimeout(() => resolve(Number(pid())), pid() === undefined ? 30 : 0))
  })
}
