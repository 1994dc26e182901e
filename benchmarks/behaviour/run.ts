/**
 * `npm run bench:behaviour`: the same questions to every library, a process each; the table to standard output, progress to
 * standard error, the answers to `results/behaviour-node<major>.json` when everything was asked.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { askAll } from './ask.js'
import { LIBRARY_NAMES, libraryNamed } from './libraries/index.js'
import { PROBES } from './probes/index.js'
import { type Column, type Results, tableOf } from './table.js'

const { values: options } = parseArgs({ options: { only: { type: 'string' }, libraries: { type: 'string' } } })

function chosen(all: readonly string[], list: string | undefined, what: string): readonly string[] {
  if (list === undefined) return all
  const names = list.split(',')
  const unknown = names.find((name) => !all.includes(name))
  if (unknown !== undefined) throw new Error(`no ${what} is named ${JSON.stringify(unknown)}: ${all.join(', ')}`)
  return all.filter((name) => names.includes(name))
}

/** Of what is installed: beside this file's package, else at the workspace's root. */
async function versionOf(name: string): Promise<string> {
  for (const root of ['../../', '../../../']) {
    const manifest = new URL(`${root}node_modules/${name}/package.json`, import.meta.url)
    const text = await readFile(manifest, 'utf8').catch(() => undefined)
    if (text !== undefined) return (JSON.parse(text) as { version: string }).version
  }
  throw new Error(`${name} is not installed`)
}

const ids = chosen(
  PROBES.map(({ id }) => id),
  options.only,
  'probe',
)
const probes = PROBES.filter(({ id }) => ids.includes(id))
const names = chosen(LIBRARY_NAMES, options.libraries, 'library')
const worker = fileURLToPath(new URL('./worker.js', import.meta.url))

const columns: Column[] = []
for (const name of names) {
  const questions = probes.map(({ id, exits = false }) => ({ library: name, probes: [id], exits }))
  const cells = await askAll(worker, questions, availableParallelism())
  const version = await versionOf((await libraryNamed(name)).packages[0]!)
  columns.push({ library: name, version, cells: Object.fromEntries(ids.map((id, at) => [id, cells[at]![0]!])) })
  process.stderr.write(`${name} ${version}\n`)
}
const results: Results = { node: process.version, columns }
process.stdout.write(`${tableOf(probes, results)}\n`)
if (probes.length === PROBES.length && names.length === LIBRARY_NAMES.length) {
  const major = process.versions.node.split('.')[0]
  const path = new URL(`../../results/behaviour-node${major}.json`, import.meta.url)
  await writeFile(path, `${JSON.stringify(results, undefined, 2)}\n`)
}
// A library that keeps the process alive was read here, too.
process.exit(0)
