/** `mtaio cluster`: several nodes, each a child process that runs `mtaio node` and ends with this one. */
import { type ChildProcess, fork } from 'node:child_process'
import { CacheConfigError } from '@mtaio/exceptions'
import { type ClusterFlags, DEFAULT_HOST, DEFAULT_PORT } from './flags.js'
import { onAskedToEnd, say } from './terminal.js'

const MAX_NODES = 64
/** How long a child has to stop before it is killed, ms. A node stops within one second. */
const STOP_WITHIN = 3000

/** Starts the nodes, says where they listen, and goes on until it is asked to end or the last node has ended. */
export async function runCluster(flags: ClusterFlags): Promise<void> {
  const { nodes, port = DEFAULT_PORT } = flags
  if (nodes < 1 || nodes > MAX_NODES) throw new CacheConfigError(`nodes must be from 1 to ${MAX_NODES}, not ${nodes}`)
  if (port !== 0 && port + nodes - 1 > 65535) {
    throw new CacheConfigError(`${nodes} nodes from port ${port} on do not fit below 65536: choose a lower port`)
  }
  const children = Array.from({ length: nodes }, (_, i) => forkNode(flags, port === 0 ? 0 : port + i))
  let ending = false
  const end = async () => {
    ending = true
    await Promise.all(children.map(stopped))
  }
  onAskedToEnd(end)

  const addresses = await Promise.all(children.map(addressOf)).catch(async (error: unknown) => {
    await end()
    throw error
  })
  say(`mtaio cluster of ${nodes} nodes listening on ${addresses.join(' ')}`)
  let alive = nodes
  for (const [i, child] of children.entries()) {
    const gone = (code: number | null, signal: string | null) => {
      alive--
      if (ending) return
      process.stderr.write(`mtaio: node ${addresses[i]} has ended (${signal ?? `exit code ${code}`}), ${alive} left\n`)
      if (alive === 0) process.exit(1)
    }
    if (hasEnded(child)) gone(child.exitCode, child.signalCode)
    else child.once('exit', gone)
  }
}

function forkNode(flags: ClusterFlags, port: number): ChildProcess {
  const { host = DEFAULT_HOST, maxMemory, maxSize, policy, password } = flags
  const words = ['node', '--port', String(port), '--host', host]
  if (maxMemory !== undefined) words.push('--max-memory', maxMemory)
  if (maxSize !== undefined) words.push('--max-size', String(maxSize))
  if (policy !== undefined) words.push('--policy', policy)
  // Not as an argument, which every user of the machine can read.
  const env = { ...process.env, ...(password === undefined ? {} : { MTAIO_PASSWORD: password }) } as NodeJS.ProcessEnv
  // What is one node's own is not for all of them.
  for (const name of ['MTAIO_CONFIG', 'MTAIO_HTTP_PORT', 'MTAIO_SNAPSHOT']) delete env[name]
  return fork(process.argv[1]!, words, { env })
}

/** Where the child listens; rejects when it ends before it does. It has said why itself. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve((message as { address: string }).address))
    child.once('error', reject)
    child.once('exit', () => reject(new Error('a node of the cluster did not start, so none runs')))
  })
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (hasEnded(child)) return resolve()
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill('SIGTERM')
  })
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined
}
