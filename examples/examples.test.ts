/** Every example runs, and prints what its comments say it prints. That they compile is a matter of `npm run types`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { runSnippet } from '../tests/docs/run-snippet.js'
import type { Snippet } from '../tests/docs/snippets.js'
import { keeps, promisesOf } from '../tests/examples/promises.js'
import { workspaceAlias } from '../vitest.config.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = fileURLToPath(new URL('.', import.meta.url))
const names = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))

const example = (page: string, code: string): Snippet => ({ page, line: 1, setup: '', code, runs: true })

describe('the examples', () => {
  it.each(names)('%s prints what it says', async (name) => {
    const code = readFileSync(join(folder, name), 'utf8')
    const promises = promisesOf(code)
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
