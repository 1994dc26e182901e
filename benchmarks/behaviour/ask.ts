/** Asks libraries by probes, a process each, so that none can break another. Knows neither what is asked nor of whom. */
import { execFile } from 'node:child_process'

/** How long a process may take. */
const LIMIT_MS = 30_000
/** How long one that has answered may take to end by itself. */
const END_MS = 2000

export const NO_CALL = '–'

export interface Question {
  readonly library: string
  readonly probe: string
  /** Whether the process is to end by itself once it has answered. */
  readonly exits: boolean
}

/** @param worker - the file of the probing process */
export function ask(worker: string, { library, probe, exits }: Question): Promise<string> {
  return new Promise((resolve) => {
    let ended = true
    let clock: NodeJS.Timeout | undefined
    const options = { timeout: LIMIT_MS, killSignal: 'SIGKILL' } as const
    const child = execFile(process.execPath, ['--no-warnings', worker, library, probe], options, (error, stdout) => {
      clearTimeout(clock)
      if (stdout === '') return resolve(error?.killed ? 'no answer in time' : 'process dies')
      const { cell } = JSON.parse(stdout) as { cell: string | null }
      resolve(cell === null ? NO_CALL : ended ? cell : 'kept alive')
    })
    if (exits) {
      child.stdout!.once('data', () => {
        clock = setTimeout(() => {
          ended = false
          child.kill('SIGKILL')
        }, END_MS)
      })
    }
  })
}

/** Asks all, a few at a time; answers in the order of the questions. */
export async function askAll(worker: string, questions: readonly Question[], atOnce: number): Promise<string[]> {
  const cells: string[] = []
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
