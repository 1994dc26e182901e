/** Where a link of a page of the repository leads on the site. Knows which files become pages, and where. */
import { posix } from 'node:path'

/**
 * @param {string} from the file that holds the link, from the root of the repository
 * @param {string} href as it is written there
 * @returns {string} the same for links out of the repository and within a page; else an absolute path on the site
 */
export function siteLink(from, href) {
  if (/^([a-z]+:|#|\/)/.test(href)) return href
  const [path = '', anchor] = href.split('#')
  const target = posix.join(posix.dirname(from), path).replace(/\/$/, '')
  const page = pageOf(target)
  return anchor === undefined ? page : `${page}#${anchor}`
}

/** @param {string} file from the root of the repository */
function pageOf(file) {
  const readme = /^packages\/([^/]+)(\/README\.md)?$/.exec(file)
  if (readme !== null) return `/packages/${readme[1]}`
  const example = /^examples\/([\w/-]+)\.ts$/.exec(file)
  if (example !== null) return `/examples/#${example[1].replace('/', '-')}`
  if (/^benchmarks(\/README\.md)?$/.test(file)) return '/benchmarks/'
  if (file === 'README.md') return '/'
  if (file.startsWith('docs/')) return `/${file.slice('docs/'.length)}`
  throw new Error(`${file} is no page of the site: say in docs/site/link.mjs where a link to it leads`)
}
