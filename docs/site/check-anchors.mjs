/** Every link of the built site leads to a page, and to a place on it where the link names one. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', '.vitepress', 'dist')
const pages = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith('.html'))
const texts = new Map(pages.map((page) => [page.replaceAll('\\', '/'), readFileSync(join(dist, page), 'utf8')]))
const idsOf = new Map(
  [...texts].map(([page, text]) => [page, new Set([...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id))]),
)

const lost = new Set()
let checked = 0
for (const [page, text] of texts) {
  for (const [, href] of text.matchAll(/<a [^>]*?href="([^"]+)"/g)) {
    if (/^[a-z]+:/.test(href)) continue
    checked++
    const [path, anchor] = decodeURI(href.replaceAll('&amp;', '&')).split('#')
    const target =
      path === '' ? page : pageAt(path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(page), path))
    if (target === undefined) lost.add(`${page}: ${href} is no page`)
    else if (anchor && !idsOf.get(target)?.has(anchor)) lost.add(`${page}: ${href} has no such place`)
  }
}
if (checked === 0) lost.add('the site has no links')
for (const each of lost) console.error(each)
console.log(`${texts.size} pages, ${checked} links, ${lost.size} lost`)
process.exitCode = lost.size > 0 ? 1 : 0

function pageAt(path) {
  const names = path === '' || path.endsWith('/') ? [`${path}index.html`] : [path, `${path}.html`, `${path}/index.html`]
  return names.find((name) => texts.has(name)) ?? (existsSync(join(dist, path)) ? path : undefined)
}
