/**
 * Writes the pages of the site that are made and not written: the API of each entry, from its docstrings; the examples; the READMEs
 * of the packages and of the benchmarks. They are not kept in the repository.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeApi } from './api.mjs'
import { siteLink } from './link.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const packages = ['core', 'distributed', 'decorators', 'policies', 'exceptions']

for (const folder of ['api', 'packages', 'examples', 'benchmarks']) {
  rmSync(join(root, 'docs', folder), { recursive: true, force: true })
}
for (const name of packages) copy(`packages/${name}/README.md`, `packages/${name}.md`)
copy('benchmarks/README.md', 'benchmarks/index.md')
write('examples/index.md', examples())
await writeApi(root, join(root, 'docs', 'api'), packages)

/** A page of the repository elsewhere on the site, its links kept right. */
function copy(from, to) {
  const markdown = readFileSync(join(root, from), 'utf8')
  write(
    to,
    markdown.replace(/\]\(([^)\s]+)\)/g, (_, href) => `](${siteLink(from, href)})`),
  )
}

function examples() {
  const names = ['', 'legacy-decorators/'].flatMap((folder) =>
    readdirSync(join(root, 'examples', folder))
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => folder + name),
  )
  const parts = names.map((name) => {
    const code = readFileSync(join(root, 'examples', name), 'utf8').trim()
    const title = name.replace(/\.ts$/, '')
    return `## ${title} {#${title.replace('/', '-')}}\n\n\`\`\`ts\n${code}\n\`\`\`\n`
  })
  return `# Examples\n\nEach is run by a test, and prints what its comments say after an arrow.\n\n${parts.join('\n')}`
}

function write(path, text) {
  const file = join(root, 'docs', path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
