/** Asks libraries by probes, a process each, so that none can break another. Knows neither what is asked nor of whom. */
import { execFile } from 'node:child_process'

/** How long a process may take. */
const LIMIT_MS = 60_000
/** How long one that has answered may take to end by itself. */
const END_MS = 10_000
/** Seconds: ending earlier is ending at once. */
const LATE_S = 2

export const NO_CALL = '–'

export interface Question {
  readonly library: string
  /** Those asked in one process, which share the kind of time. */
  readonly probes: readonly string[]
  /** Whether the process is to end by itself once it has answered. */
  readonly exits: boolean
}

/** @param worker - the file of the probing process */
export function ask(worker: string, { library, probes, exits }: Question): Promise<string[]> {
  return new Promise((resolve) => {
    let answered = 0
    let ended = true
    let clock: NodeJS.Timeout | undefined
    const options = { timeout: LIMIT_MS, killSignal: 'SIGKILL' } as const
    const command = ['--no-warnings', worker, library, probes.join(',')]
    const child = execFile(process.execPath, command, options, (error, stdout) => {
      clearTimeout(clock)
      const seconds = exits ? Math.round((performance.now() - answered) / 1000) : 0
      const cells = stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { cell: string | null }).cell)
      const ending = (cell: string) => (seconds < LATE_S ? cell : `${cell} after ${seconds} s`)
      const none = error?.killed ? 'no answer in time' : 'process dies'
      resolve(
        probes.map((_, at) => {
          const cell = cells[at]
          if (cell === undefined) return none
          if (cell === null) return NO_CALL
          return ended ? ending(cell) : 'kept alive'
        }),
      )
    })
    if (!exits) return
    child.stdout!.once('data', () => {
      answered = performance.now()
      clock = setTimeout(() => {
        ended = false
        child.kill('SIGKILL')
      }, END_MS)
    })
  })
}

/** Asks all, a few at a time; answers in the order of the questions. */
export async function askAll(worker: string, questions: readonly Question[], atOnce: number): Promise<string[][]> {
  const cells: string[][] = []
  let next = 0
  const asker = async () => {
    while (next < questions.length) {
      const at = next++
      cells[at] = await ask(worker, questions[at]!)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, asker))
  return cells
}
