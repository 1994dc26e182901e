/**
 * The processes that hold the sockets of clients, so that reading, writing and TLS take other cores than the node's own:
 * at a pipeline of one these are nearly all that a command costs. The commands are run where they always are, one after
 * the other, so that nothing means anything else. (Redis's I/O threads share the work out in the same way.)
 *
 * Processes and not threads: a socket can be handed to another process, by documented means and on every Node, and to no
 * other thread. Clients are handed out in turn. A worker that dies takes its clients' connections with it; another one is
 * started.
 */
import { type ChildProcess, fork } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TlsOptions } from 'node:tls'
import { fileURLToPath } from 'node:url'
import type { ClientSocket } from './client-socket.js'
import { DistantSocket, type Ends } from './distant-socket.js'
import { ENDED, type FrameAudience, GONE, OPENED, TAKEN } from './frames.js'
import { Link } from './link.js'
import { workerFile } from './worker-file.js'
import { LINK_FD, plainOf, type ToWorker } from './worker-messages.js'

/** How long a worker has to start, ms. */
const START_WITHIN = 10_000
/** One that dies sooner is not replaced before so long has passed, ms. */
const LEAST_LIFE = 1000

export interface WorkersOptions {
  readonly count: number
  readonly tls: TlsOptions | undefined
  /** A client can be talked to. */
  readonly onClient: (socket: ClientSocket) => void
  /** A worker has ended that was not to. */
  readonly onDeath: (why: string) => void
}

interface Worker {
  readonly child: ChildProcess
  readonly clients: Map<number, DistantSocket>
  readonly startedAt: number
  /** Clients that were handed to it and cannot be talked to yet. */
  pending: number
  isReady: boolean
}

export class Workers {
  private readonly workers: Worker[] = []
  private readonly timers = new Set<NodeJS.Timeout>()
  private turn = 0
  private isOver = false

  constructor(private readonly options: WorkersOptions) {}

  /** Clients that were handed to a worker and cannot be talked to yet. */
  get pending(): number {
    return this.workers.reduce((sum, worker) => sum + worker.pending, 0)
  }

  /** Starts them all. @throws Error when one does not start */
  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.options.count }, () => this.startOne()))
  }

  /** Hands a client over that was accepted with `pauseOnConnect`; false when there is no worker just now. */
  take(socket: Socket): boolean {
    for (let tries = 0; tries < this.workers.length; tries++) {
      const worker = this.workers[this.turn++ % this.workers.length]!
      if (!worker.isReady || !worker.child.connected) continue
      worker.pending++
      worker.child.send({ kind: 'take' } satisfies ToWorker, socket, (error) => {
        if (error === null) return
        worker.pending--
        socket.destroy()
      })
      return true
    }
    return false
  }

  /** Ends them all, and their clients. */
  stop(): void {
    this.isOver = true
    for (const timer of this.timers) clearTimeout(timer)
    for (const { child } of this.workers) child.kill('SIGKILL')
  }

  private startOne(): Promise<void> {
    const child = fork(fileURLToPath(workerFile()), [], {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    })
    const worker: Worker = { child, clients: new Map(), startedAt: performance.now(), pending: 0, isReady: false }
    this.workers.push(worker)
    const stream = child.stdio[LINK_FD] as Duplex
    // What one chunk of the worker's brings about is answered in one write.
    const link: Link = new Link(
      stream,
      this.audienceOf(worker, () => link),
      process.nextTick,
    )
    stream.on('close', () => child.kill('SIGKILL'))
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), START_WITHIN)
      child.once('message', () => {
        clearTimeout(timer)
        worker.isReady = true
        resolve()
      })
      // 'exit' comes as well, or there was nothing to exit.
      child.on('error', reject)
      child.once('exit', (code, signal) => {
        clearTimeout(timer)
        const why = signal ?? `exit code ${code}`
        this.forget(worker)
        if (!worker.isReady) reject(new Error(`a worker did not start: ${why}`))
        else if (!this.isOver) this.replace(worker.startedAt, why)
      })
      child.send({ kind: 'begin', tls: plainOf(this.options.tls) } satisfies ToWorker, () => {})
    })
  }

  private audienceOf(worker: Worker, linkOf: () => Link): FrameAudience {
    const { clients } = worker
    return {
      bytes: (id: number, bytes: Uint8Array) => clients.get(id)?.deliver(bytes),
      said: (kind: number, id: number, bytes: Uint8Array) => {
        if (kind === OPENED) {
          const socket = new DistantSocket(linkOf(), id, JSON.parse(Buffer.from(bytes).toString()) as Ends)
          clients.set(id, socket)
          worker.pending--
          this.options.onClient(socket)
        } else if (kind === ENDED) clients.get(id)?.ended()
        else if (kind === TAKEN) clients.get(id)?.taken(Buffer.from(bytes).readUInt32BE())
        else if (kind === GONE && id === 0) worker.pending--
        else if (kind === GONE) {
          clients.get(id)?.gone()
          clients.delete(id)
        }
      },
    }
  }

  private forget(worker: Worker): void {
    const at = this.workers.indexOf(worker)
    if (at >= 0) this.workers.splice(at, 1)
    for (const socket of worker.clients.values()) socket.gone()
  }

  /** @param startedAt - of the one that has died */
  private replace(startedAt: number, why: string): void {
    this.options.onDeath(why)
    // Whoever dies at once would die again at once.
    const delay = Math.max(0, LEAST_LIFE - (performance.now() - startedAt))
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      const again = performance.now()
      void this.startOne().catch((error: Error) => {
        if (!this.isOver) this.replace(again, error.message)
      })
    }, delay).unref()
    this.timers.add(timer)
  }
}
