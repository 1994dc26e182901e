/** The site of the pages in docs/: nothing of it is loaded from anywhere else. `npm run docs`, `npm run docs:dev`. */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'
import { siteLink } from '../site/link.mjs'
import { sidebarOf } from './sidebar.js'

const docs = fileURLToPath(new URL('..', import.meta.url))

export default defineConfig({
  title: 'mtaio',
  description: 'One cache API for TypeScript, from one process to a cluster.',
  lang: 'en',
  srcExclude: ['node_modules/**'],
  ignoreDeadLinks: false,
  lastUpdated: false,
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/getting-started' },
      { text: 'Cluster', link: '/distributed' },
      { text: 'Migrate', link: '/migration' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: sidebarOf(docs),
  },
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config(markdown) {
      // Pages link to files of the repository, as they must to be read there; on the site those are pages, too.
      markdown.core.ruler.push('links', ({ tokens, env }) => {
        const file = env.realPath ?? env.path
        // A title alone, out of its page.
        if (file === undefined) return
        const page = `docs/${relative(docs, file).replaceAll('\\', '/')}`
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.type === 'link_open' ? token.attrGet('href') : null
          if (href?.startsWith('../') && !page.startsWith('docs/api/')) token.attrSet('href', siteLink(page, href))
        }
      })
    },
  },
  transformPageData(page) {
    page.description ||= firstSentenceOf(readFileSync(`${docs}/${page.filePath}`, 'utf8'))
  },
})

/** What a page is about: the first sentence of its prose, as plain text. */
function firstSentenceOf(markdown: string): string {
  const paragraphs = markdown.replace(/^---[\s\S]*?^---$/m, '').split(/\n\s*\n/)
  const prose = paragraphs.find((paragraph) => /^[A-Z`*[(]/.test(paragraph.trim())) ?? ''
  const plain = prose
    .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
    .replace(/[`*]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
  return /^.*?[.:](?= |$)/.exec(plain)?.[0].replace(/:$/, '.') ?? plain.slice(0, 200)
}
