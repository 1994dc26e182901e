/** What redis-cli and redis-benchmark are asked, and what they say. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const run = promisify(execFile)

export async function redisCli(port: number, ...command: string[]): Promise<string> {
  const { stdout } = await run('redis-cli', ['-p', `${port}`, ...command], { maxBuffer: 2 ** 26 })
  return stdout.trim()
}

/** A number that INFO tells. */
export async function infoOf(port: number, name: string): Promise<number> {
  const found = new RegExp(`^${name}:(\\d+)`, 'm').exec(await redisCli(port, 'INFO'))
  if (found === null) throw new Error(`INFO on port ${port} tells no ${name}`)
  return Number(found[1])
}

/**
 * Sends commands as fast as they are taken, through `redis-cli --pipe`.
 *
 * @throws Error unless each is answered, and none with an error
 */
export async function pipe(port: number, commands: Iterable<string>): Promise<void> {
  const cli = spawn('redis-cli', ['-p', `${port}`, '--pipe'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let told = ''
  cli.stdout.on('data', (chunk) => {
    told += chunk
  })
  const gone = once(cli, 'close')
  let sent = 0
  let batch = ''
  for (const command of commands) {
    sent++
    batch += command
    if (batch.length < 2 ** 18) continue
    if (!cli.stdin.write(batch, 'latin1')) await once(cli.stdin, 'drain')
    batch = ''
  }
  cli.stdin.end(batch, 'latin1')
  await gone
  if (!told.includes(`errors: 0, replies: ${sent}`))
    throw new Error(`${sent} commands were sent, redis-cli says: ${told}`)
}

export interface Load {
  readonly clients: number
  readonly pipeline: number
  readonly requests: number
  readonly keys: number
  /** What redis-benchmark is to send: its `-t set`, `-t get`, or a command of its own. */
  readonly command: readonly string[]
}

export interface Measured {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Runs redis-benchmark once. */
export async function load(port: number, { clients, pipeline, requests, keys, command }: Load): Promise<Measured> {
  const { stdout } = await run('redis-benchmark', [
    ...['-p', `${port}`, '-c', `${clients}`, '-P', `${pipeline}`, '-n', `${requests}`, '-r', `${keys}`, '-d', '100'],
    ...['--csv', ...command],
  ])
  const line = stdout.trim().split('\n').at(-1)!
  const [perSecond, , , p50, , p99, max] = [...line.matchAll(/"([\d.]+)"/g)].map(([, number]) => Number(number))
  if (max === undefined) throw new Error(`redis-benchmark says: ${stdout}`)
  return { perSecond: perSecond!, p50: p50!, p99: p99!, max }
}
