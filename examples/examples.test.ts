/**
 * Every example compiles, runs, and prints what its comments say it prints: `// → text`, in order; `…` stands for
 * anything.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { runSnippet } from '../tests/docs/run-snippet.js'
import type { Snippet } from '../tests/docs/snippets.js'
import { workspaceAlias } from '../vitest.config.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = fileURLToPath(new URL('.', import.meta.url))
const names = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))

const example = (page: string, code: string): Snippet => ({ page, line: 1, setup: '', code, runs: true })

function promised(code: string): string[] {
  return [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text!)
}

/** Whether `lines` are what was promised. */
function keeps(lines: readonly string[], promises: readonly string[]): boolean {
  const isKept = (promise: string, line: string) => {
    const [start, end] = promise.split('…')
    return end === undefined ? line === promise : line.startsWith(start!) && line.endsWith(end)
  }
  return lines.length === promises.length && promises.every((promise, at) => isKept(promise, lines[at]!))
}

describe('the examples', () => {
  it.each(names)('%s prints what it says', async (name) => {
    const code = readFileSync(join(folder, name), 'utf8')
    const promises = promised(code)
    expect(promises.length).toBeGreaterThan(0)
    const { ok, output } = await runSnippet(root, example(`examples/${name}`, code), workspaceAlias)
    expect(ok, output).toBe(true)
    const lines = output.trimEnd().split('\n')
    if (!keeps(lines, promises)) expect(lines).toEqual(promises)
  })
})

describe('these tests notice', () => {
  let printed: string[]
  beforeAll(async () => {
    const { output } = await runSnippet(root, example('made-up.ts', `console.log('one')\nconsole.log('two')`), {})
    printed = output.trimEnd().split('\n')
  })

  it.each([
    [['one', 'two'], true],
    [['one', 't…'], true],
    [['one', 'three'], false],
    [['one'], false],
    [['one', 'two', 'three'], false],
    [['one', 'x…'], false],
  ])('whether %j is what was printed: %s', (promises, kept) => {
    expect(keeps(printed, promises)).toBe(kept)
  })
})
