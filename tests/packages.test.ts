/** The packages as their users get them: built, loaded by name, as modules and by `require`. Needs `npm run build`. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Manifest {
  name: string
  main: string
  module: string
  types: string
  bin?: Record<string, string>
  exports: Record<string, string | Record<'import' | 'require', { types: string; default: string }>>
}
const packages = readdirSync(join(root, 'packages')).map((name) => {
  const folder = join(root, 'packages', name)
  return { folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest }
})
const entriesOf = ({ name, exports }: Manifest) =>
  Object.entries(exports)
    .filter(([, targets]) => typeof targets !== 'string')
    .map(([path]) => name + path.slice(1))
const specifiers = packages.flatMap(({ manifest }) => entriesOf(manifest))

function printedBy(script: string, args: readonly string[] = []) {
  const path = join(root, 'tests', 'packages', script)
  return JSON.parse(execFileSync(process.execPath, [path, ...args], { encoding: 'utf8', timeout: 30_000 }))
}

describe.each(packages)('$manifest.name', ({ folder, manifest }) => {
  it('has every file that its manifest names, types for both worlds included', () => {
    const conditions = Object.values(manifest.exports).flatMap((targets) =>
      typeof targets === 'string' ? [targets] : [targets.import, targets.require].flatMap((one) => Object.values(one)),
    )
    const named = [manifest.main, manifest.module, manifest.types, ...Object.values(manifest.bin ?? {}), ...conditions]
    const missing = named.filter((path) => !existsSync(join(folder, path)))
    expect(missing, 'not built? `npm run check` builds').toEqual([])
  })

  it('says which files are published, that importing it does nothing, and where it runs', () => {
    expect(manifest).toMatchObject({ sideEffects: false, engines: { node: '>=20' }, license: 'MIT' })
    expect((manifest as { files?: string[] }).files).toContain('dist')
    expect(existsSync(join(folder, 'README.md'))).toBe(true)
    expect(existsSync(join(folder, 'LICENSE'))).toBe(true)
  })
})

describe('the built packages', () => {
  it('load as modules and by require, and export the same names', () => {
    const exported = printedBy('load-everything.mjs', specifiers)
    expect(Object.keys(exported)).toEqual(specifiers)
    for (const specifier of specifiers) {
      expect(exported[specifier].module.length, specifier).toBeGreaterThan(0)
      expect(exported[specifier].commonjs, specifier).toEqual(exported[specifier].module)
    }
    expect(exported['@mtaio/core'].module).toContain('TTLCache')
  })

  it('know the errors of their other copy in one process', () => {
    expect(printedBy('two-worlds.mjs')).toEqual({
      'the copies are two': true,
      'a CommonJS error is an ESM one': true,
      'an ESM error is a CommonJS one': true,
      'by its root, too': true,
      'and not by a class that it is not': true,
    })
  })
})

it('the built dashboard command serves its page, which loads nothing but its own files', async () => {
  const command = join(root, 'packages', 'distributed', 'bin', 'mtaio.mjs')
  const child = spawn(process.execPath, [command, 'dashboard', '--nodes', '127.0.0.1:1', '--port', '0'])
  try {
    const [line] = await once(child.stdout, 'data')
    const url = /^mtaio dashboard on (http:\S+)\n$/.exec(String(line))![1]!
    const page = await (await fetch(url)).text()
    const loaded = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path)
    expect(loaded).toEqual(['data:,', '/page.css', '/page.js'])
    for (const path of loaded.slice(1)) expect((await fetch(new URL(path!, url))).status).toBe(200)
    const placed = await (await fetch(`${url}api/key?key=user:1`)).json()
    expect(placed).toMatchObject({ physical: 'mtaio:user:1', nodes: [{ place: 'replica 1', holds: 'unknown' }] })
    expect(await (await fetch(`${url}api/state`)).json()).toMatchObject({ nodes: [{ node: '127.0.0.1:1', up: false }] })
  } finally {
    child.kill('SIGKILL')
  }
})

it('the built node command serves its own dashboard beside its health, if it is told to', async () => {
  const command = join(root, 'packages', 'distributed', 'bin', 'mtaio.mjs')
  const words = ['node', '--port', '0', '--http-port', '0', '--dashboard', '--password', 's3cret']
  const child = spawn(process.execPath, [command, ...words])
  try {
    let said = ''
    while (!said.includes('HTTP')) said += String((await once(child.stdout, 'data'))[0])
    const url = `http://127.0.0.1:${/HTTP on port (\d+)/.exec(said)![1]}/`
    expect(await (await fetch(url)).text()).toContain('<title>mtaio dashboard</title>')
    expect((await fetch(`${url}readyz`)).status).toBe(200)
    for (;;) {
      const { nodes } = (await (await fetch(`${url}api/state`)).json()) as { nodes: { up: boolean; error?: string }[] }
      if (nodes[0]!.up) break
      expect(nodes[0]!.error).toBeUndefined()
    }
  } finally {
    child.kill('SIGKILL')
  }
})
