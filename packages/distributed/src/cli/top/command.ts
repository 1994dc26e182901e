/** `mtaio top`: what nodes are doing, live. */
import { emitKeypressEvents } from 'node:readline'
import type { Command } from 'commander'
import { connectObserver } from '../../client/connect.js'
import { ClusterObserver } from '../../observe/cluster-observer.js'
import { parseNodes } from '../../transport/node-address.js'
import { intervalOf } from '../flags.js'
import { onAskedToEnd, say } from '../terminal.js'
import { screenOf } from './screen.js'

interface TopFlags {
  readonly nodes: string
  readonly interval: string
  readonly hotKeys: boolean
  readonly once?: boolean
  readonly json?: boolean
}

const ALTERNATE_SCREEN = '\x1b[?1049h\x1b[?25l'
const MAIN_SCREEN = '\x1b[?25h\x1b[?1049l'
const HOME = '\x1b[H'
const CLEAR_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'

export function addTopCommand(program: Command): void {
  program
    .command('top')
    .description('Shows what cache nodes or Valkey and Redis servers are doing, until q is pressed.')
    .requiredOption('--nodes <addresses>', 'host:port or redis://[user:password@]host:port, separated by commas')
    .option('--interval <time>', 'between two looks, in seconds or with a unit', '1s')
    .option('--no-hot-keys', 'leaves out the hot keys, for which each node is monitored 50 ms of every fifth look')
    .option('--once', 'prints one interval and ends')
    .option('--json', 'prints figures for programs, one line an interval')
    .action((flags: TopFlags) => runTop(flags))
}

async function runTop({ nodes, interval, hotKeys, once = false, json = false }: TopFlags): Promise<void> {
  const addresses = parseNodes(nodes.split(',').map((node) => node.trim()))
  const pause = intervalOf(interval)
  const observer = new ClusterObserver(connectObserver(addresses), { interval: pause, hotKeys })
  const isLive = !once && !json && process.stdout.isTTY === true
  const print = () => {
    const state = observer.state()
    if (json) say(JSON.stringify(state, (name, value) => (name === 'intervals' ? value.slice(-1) : value)))
    else if (isLive) redraw(screenOf(state, { ...sizeOf(process.stdout), colors: process.env.NO_COLOR === undefined }))
    else say(screenOf(state, { columns: 160, rows: 1000, colors: false }).join('\n'))
  }

  if (once) {
    // A rate needs two looks.
    await observer.look()
    await new Promise((resolve) => setTimeout(resolve, pause))
    await observer.look()
    print()
    await observer.stop()
    return
  }
  // The observer's own timers keep nothing alive.
  const alive = setInterval(() => undefined, 2 ** 30)
  if (isLive) process.stdout.write(ALTERNATE_SCREEN)
  const end = async () => {
    clearInterval(alive)
    if (isLive) process.stdout.write(MAIN_SCREEN)
    await observer.stop()
  }
  onAskedToEnd(end)
  if (isLive && process.stdin.isTTY) onQuit(() => process.kill(process.pid, 'SIGINT'))
  observer.start(print)
}

function redraw(lines: readonly string[]): void {
  process.stdout.write(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\n')}${CLEAR_BELOW}`)
}

function sizeOf({ columns = 80, rows = 24 }: { columns?: number; rows?: number }) {
  return { columns, rows }
}

function onQuit(quit: () => void): void {
  emitKeypressEvents(process.stdin)
  process.stdin.setRawMode(true)
  process.stdin.on('keypress', (_text, key: { name?: string; ctrl?: boolean }) => {
    if (key.name === 'q' || (key.ctrl === true && key.name === 'c')) quit()
  })
}
