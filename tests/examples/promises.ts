/** What an example says that it prints: `// → text` in its comments, in order; `…` stands for anything. */

export function promisesOf(code: string): string[] {
  return [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text!)
}

/** Whether `lines` are what was promised: all of it, and nothing else. */
export function keeps(lines: readonly string[], promises: readonly string[]): boolean {
  const isKept = (promise: string, line: string) => {
    const [start, end] = promise.split('…')
    return end === undefined ? line === promise : line.startsWith(start!) && line.endsWith(end)
  }
  return lines.length === promises.length && promises.every((promise, at) => isKept(promise, lines[at]!))
}
