/** Every link of a page to a file of this repository leads to one, and so does every path that a page names in backquotes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const inFolder = (folder: string) =>
  readdirSync(join(root, folder)).flatMap((name) => (name.endsWith('.md') ? [join(folder, name)] : []))
const pages = [
  ...inFolder('.'),
  ...inFolder('docs'),
  ...readdirSync(join(root, 'packages')).flatMap((name) => inFolder(join('packages', name))),
]

/** Targets of `[text](target)` outside of code; not those on other sites or within the page. */
function linksOf(markdown: string): string[] {
  const prose = markdown.replace(/^( *)(`{3,})[\s\S]*?^\1\2`*$/gm, '').replace(/`[^`\n]*`/g, '')
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!)
  return targets.filter((target) => !/^(https?:|mailto:|#)/.test(target)).map((target) => target.split('#')[0]!)
}

/** Paths like `packages/core/src/cache.ts`, from the root. */
function pathsOf(markdown: string): string[] {
  const named = [...markdown.matchAll(/`((?:packages|docs|examples|scripts|tests|benchmarks)\/[\w./-]+)`/g)]
  return named.map(([, path]) => path!)
}

it.each(pages)('%s', (page) => {
  const markdown = readFileSync(join(root, page), 'utf8')
  const lost = linksOf(markdown).filter((target) => !existsSync(join(root, dirname(page), target)))
  const gone = pathsOf(markdown).filter((path) => !existsSync(join(root, path)))
  expect([...lost, ...gone]).toEqual([])
})

it('reads links in prose, and none in code', () => {
  const markdown =
    'a [b](c.md#d), [e](https://example.org) and [f](#g)\n\n```ts\nh[i](j)\n```\n\n`[k](l)` `docs/m.md`\n'
  expect(linksOf(markdown)).toEqual(['c.md'])
  expect(pathsOf(markdown)).toEqual(['docs/m.md'])
})
