/**
 * `npm run docs:policies -- TRACE…`: replays traces through every policy and puts table and chart into docs/policies.md.
 * The traces stay where they are; only what was measured is kept.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const PAGE = `${root}docs/policies.md`
const CHART = 'assets/policies.svg'
const BEGIN = '<!-- measured: npm run docs:policies -->'
const END = '<!-- end of what was measured -->'
const SIZES = '0.1%,1%,10%,30%'

const traces = process.argv.slice(2)
if (traces.length === 0) {
  console.error('docs:policies needs traces: npm run docs:policies -- web.log.gz disk.csv')
  process.exit(2)
}
const cli = `${root}packages/distributed/dist/cli.js`
const json = execFileSync(
  process.execPath,
  [cli, 'simulate', ...traces, '--sizes', SIZES, '--json', '--svg', `${root}docs/${CHART}`],
  { encoding: 'utf8', maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'inherit'] },
)
const measured = JSON.parse(json)
const page = readFileSync(PAGE, 'utf8')
const begin = page.indexOf(BEGIN)
const end = page.indexOf(END)
if (begin < 0 || end < begin) throw new Error(`${PAGE} lacks its marks, ${BEGIN} and ${END}`)
writeFileSync(PAGE, `${page.slice(0, begin)}${BEGIN}\n\n${sectionOf(measured)}\n${page.slice(end)}`)
console.error(`docs/policies.md and docs/${CHART} are written`)

function sectionOf({ traces }) {
  return `![Hit ratio against size, for each policy and trace](${CHART})\n\n${traces.map(tableOf).join('\n\n')}\n`
}

function tableOf({ trace, requests, uniqueKeys, sizes, rows }) {
  const cells = [
    ['', ...sizes.map(({ size, capacity }) => `${size} = ${capacity.toLocaleString('en')}`)],
    ['---', ...sizes.map(() => '---:')],
    ...rows.map(({ policy, results }) => [policy, ...results.map(({ hitRatio }) => (100 * hitRatio).toFixed(2))]),
  ]
  const title = `**${trace.replace(/\.gz$/, '')}**: ${requests.toLocaleString('en')} requests for ${uniqueKeys.toLocaleString('en')} keys; hit ratio, %`
  return `${title}\n\n${cells.map((row) => `| ${row.join(' | ')} |`).join('\n')}`
}
