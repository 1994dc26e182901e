/** Embedded nodes in processes of their own, started through the package's command, killed and brought back. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'

const bin = join(dirname(createRequire(import.meta.url).resolve('@mtaio/distributed/package.json')), 'bin', 'mtaio.mjs')

/** Children still running; whatever ends this process ends them. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

export class NodeProcess {
  address = ''
  private child: ChildProcess | undefined

  /** Starts on any free port the first time, on the same one afterwards. */
  async start(maxSize: number): Promise<void> {
    const port = this.address === '' ? '0' : this.address.split(':')[1]!
    const child = spawn(process.execPath, [bin, 'node', '--port', port, '--max-size', String(maxSize)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    child.once('exit', () => running.delete(child))
    this.child = child
    this.address = await new Promise((resolve, reject) => {
      let output = ''
      const read = (chunk: Buffer) => {
        output += chunk
        const listening = /listening on (\S+)/.exec(output)
        if (listening) resolve(listening[1]!)
      }
      child.stdout!.on('data', read)
      child.stderr!.on('data', read)
      child.once('exit', (code) => reject(new Error(`a node ended with code ${code}: ${output.trim()}`)))
    })
  }

  /** As a power cut would: no goodbye, nothing saved. */
  async kill(): Promise<void> {
    const { child } = this
    if (child === undefined || child.exitCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
}

/** How many keys a node holds. */
export function countKeys(address: string): Promise<number> {
  const at = address.lastIndexOf(':')
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)) })
    socket.setTimeout(5000, () => socket.destroy(new Error(`${address} did not answer DBSIZE`)))
    socket.once('error', reject)
    socket.once('connect', () => socket.write('DBSIZE\r\n'))
    socket.once('data', (reply) => {
      socket.destroy()
      const count = /^:(\d+)/.exec(reply.toString())
      if (count) resolve(Number(count[1]))
      else reject(new Error(`${address} answered DBSIZE with ${reply.toString().trim()}`))
    })
  })
}
