/**
 * What the pages show works: every snippet of the READMEs and of docs/ compiles and runs. Snippets that talk to a cluster
 * find one of embedded nodes.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { workspaceAlias } from '../vitest.config.js'
import { runSnippet } from './docs/run-snippet.js'
import { withNodes } from './docs/snippet-nodes.js'
import { type Snippet, snippetsOf } from './docs/snippets.js'
import { typeCheck } from './docs/type-check.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const snippets = pages().flatMap((page) => snippetsOf(page, readFileSync(join(root, page), 'utf8')))
const nameOf = ({ page, line }: Snippet) => `${page}:${line}`

function pages(): string[] {
  const readmes = ['README.md', ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`)]
  const docs = readdirSync(join(root, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : []))
  return [...readmes, ...docs].filter((page) => existsSync(join(root, page)))
}

it('the pages have snippets', () => {
  expect(new Set(snippets.map(({ page }) => page))).toContain('packages/core/README.md')
})

describe('the snippets compile', () => {
  let complaints: Map<Snippet, string[]>
  beforeAll(() => {
    complaints = typeCheck(root, snippets)
  }, 120_000)

  it.each(snippets.map((snippet) => [nameOf(snippet), snippet] as const))('%s', (_name, snippet) => {
    expect(complaints.get(snippet)).toEqual([])
  })
})

describe('the snippets run', () => {
  const running = snippets.filter(({ runs }) => runs)
  it.each(running.map((snippet) => [nameOf(snippet), snippet] as const))('%s', async (_name, snippet) => {
    const { ok, output } = await withNodes(snippet, (here) => runSnippet(root, here, workspaceAlias))
    expect(ok, output).toBe(true)
  })
})

describe('these tests notice', () => {
  const snippet = (code: string, setup = ''): Snippet => ({ page: 'made-up.md', line: 7, setup, code, runs: true })

  it('a snippet of another language, which is none', () => {
    expect(snippetsOf('a.md', '```js\n1\n```\n\n```\n2\n```\n')).toEqual([])
  })

  it('where a snippet stands, what is put in front of it, and that it is not to be run', () => {
    const page =
      '# A\n\n<!-- snippet\ndeclare const a: number\n-->\n\n```ts no-run\na\n```\n\n- b\n\n  ```ts\n  {\n    1\n  }\n  ```\n'
    expect(snippetsOf('a.md', page)).toEqual([
      { page: 'a.md', line: 8, setup: 'declare const a: number\n', code: 'a\n', runs: false },
      { page: 'a.md', line: 14, setup: '', code: '{\n  1\n}\n', runs: true },
    ])
  })

  it('that a snippet goes on from the one before', () => {
    const [, second, third] = snippetsOf(
      'a.md',
      '```ts\n1\n```\n\n```ts continued\n2\n```\n\n```ts continued no-run\n3\n```',
    )
    expect(second).toEqual({ page: 'a.md', line: 6, setup: '1\n', code: '2\n', runs: true })
    expect(third).toEqual({ page: 'a.md', line: 10, setup: '1\n2\n', code: '3\n', runs: false })
  })

  it('a fence that never ends, and a mark that means nothing', () => {
    expect(() => snippetsOf('a.md', 'x\n```ts\n1\n')).toThrow('a.md:2')
    expect(() => snippetsOf('a.md', '```ts norun\n1\n```\n')).toThrow('"norun"')
  })

  it('code that does not compile, by its line on the page', () => {
    const broken = snippet('const one = 1\nconst two: string = one\n', 'const zero = 0\n')
    const wrongSetup = snippet('await 1\n', 'nothing\n')
    const lost = snippet(`import { TTLCash } from '@mtaio/core'\n`)
    const good = snippet(`import { TTLCache } from '@mtaio/core'\nawait new TTLCache<number>().get('a')\n`)
    const complaints = typeCheck(root, [broken, wrongSetup, lost, good])
    expect(complaints.get(broken)).toEqual([expect.stringMatching(/^made-up\.md:8: TS2322 /)])
    expect(complaints.get(wrongSetup)).toEqual([expect.stringMatching(/^made-up\.md:7 \(setup\): TS2304 /)])
    expect(complaints.get(lost)).toEqual([expect.stringMatching(/^made-up\.md:7: TS2305 /)])
    expect(complaints.get(good)).toEqual([])
  }, 120_000)

  it('code that throws, and promises that nobody looks after', async () => {
    const thrown = await runSnippet(root, snippet(`throw new Error('as it must')\n`), workspaceAlias)
    expect(thrown).toEqual({ ok: false, output: expect.stringContaining('as it must') })
    const left = await runSnippet(root, snippet(`Promise.reject(new Error('left alone'))\n`), workspaceAlias)
    expect(left).toEqual({ ok: false, output: expect.stringContaining('left alone') })
  })

  it('code that waits for what never comes', async () => {
    const { ok } = await runSnippet(root, snippet('await new Promise(() => {})\n'), workspaceAlias)
    expect(ok).toBe(false)
  })

  it('a port that stays taken: none does, and a snippet that starts nodes of its own finds the ports free', async () => {
    const client = snippet(`import { CacheClient } from '@mtaio/distributed'\nconst at = ['localhost', 5001]\n`)
    const { code } = await withNodes(client, async (here) => here)
    const [port] = /\d+/.exec(code)!
    expect(port).not.toBe('5001')
    const own = `import { CacheNode } from '@mtaio/distributed/node'\nawait new CacheNode({ port: ${port} }).start()\n`
    expect(await runSnippet(root, snippet(own), workspaceAlias)).toEqual({ ok: true, output: '' })
    expect(
      await withNodes(snippet(own.replace(port, '5000')), (here) => runSnippet(root, here, workspaceAlias)),
    ).toEqual({ ok: true, output: '' })
  })

  it('and nothing where nothing is wrong: the caches as they are, modern syntax, a server left running', async () => {
    const code = `
      import { createServer } from 'node:net'
      import { TTLCache } from '@mtaio/core'
      import { ManualClock } from '@mtaio/core/testing'
      await using cache = new TTLCache<string>({ clock: new ManualClock() })
      await cache.set('a', 'b')
      createServer().listen(0)
      console.log(await cache.get('a'))`
    expect(await runSnippet(root, snippet(code), workspaceAlias)).toEqual({ ok: true, output: 'b\n' })
  })
})
