/** What the command says, and how it ends. One line each: other programs read them. */

export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Ends the process with what went wrong in one line, exit code 1. */
export function failWith(error: unknown): never {
  process.stderr.write(`mtaio: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

/**
 * Calls `end` once when the process is asked to end: SIGINT, SIGTERM, or the parent that forked it is gone. The process
 * exits with code 0 when `end` is done.
 */
export function onAskedToEnd(end: () => Promise<void>): void {
  let asked = false
  const once = () => {
    if (asked) return
    asked = true
    end().then(() => process.exit(0), failWith)
  }
  process.on('SIGINT', once)
  process.on('SIGTERM', once)
  if (process.channel !== undefined) process.on('disconnect', once)
}
