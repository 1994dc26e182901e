/**
 * Values as caches hold them, made from what lies in `node_modules`: texts, manifests, records, bytes. Each call makes one
 * that shares nothing with the others but what a parser shares, too. Knows no cache.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export interface Kind {
  readonly name: string
  /** How many of them are measured. */
  readonly count: number
  make(index: number): unknown
}

interface SourceFile {
  readonly path: string
  readonly bytes: Buffer
}

const LARGEST = 60_000
const MOST_TEXTS = 2000

/** @param root - the repository's folder, installed */
export function kindsFrom(root: string): Kind[] {
  const files = filesBelow(join(root, 'node_modules/.pnpm'))
  const manifests = files.filter(({ path }) => path.endsWith('/package.json')).map(({ bytes }) => bytes)
  const texts = everyNth(
    files.filter(({ path }) => path.endsWith('.d.ts') || path.endsWith('.js')),
    MOST_TEXTS,
  ).map(({ bytes }) => bytes)
  const locked = lockedPackages(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8'))
  const records = files.map(({ path, bytes }, id) => recordOf(id, path, bytes))
  const json = records.map((record) => JSON.stringify(record))
  const pages = chunks(json, 40).map((page) => `[${page.join()}]`)
  const long = `[${json.slice(0, 2000).join()}]`
  const at = <T>(list: readonly T[], index: number): T => list[index % list.length]!
  const parsed = manifests.map((bytes) => JSON.parse(bytes.toString()) as object)
  const trees = treeOf(files.map(({ path }) => path)).children[0]!.children

  return [
    { name: 'name@version, text', count: 20_000, make: (i) => textOf(at(locked, i).name, at(locked, i).version, i) },
    { name: 'package.json, text', count: 3000, make: (i) => at(manifests, i).toString() },
    { name: '.js and .d.ts, text', count: MOST_TEXTS, make: (i) => at(texts, i).toString() },
    {
      name: '.js and .d.ts, Buffer',
      count: MOST_TEXTS,
      make: (i) => Buffer.from(Uint8Array.from(at(texts, i)).buffer),
    },
    { name: 'SHA-512, Uint8Array of 64', count: 20_000, make: (i) => new Uint8Array(64).fill(i) },
    { name: 'record of 8 fields, parsed', count: 20_000, make: (i) => JSON.parse(at(json, i)) },
    { name: 'record, structuredClone', count: 20_000, make: (i) => structuredClone(at(records, i)) },
    { name: 'record, class with a Date', count: 20_000, make: (i) => new FileRecord(JSON.parse(at(json, i))) },
    { name: 'page of 40 records', count: 2000, make: (i) => JSON.parse(at(pages, i)) },
    { name: 'array of 2,000 records', count: 40, make: () => JSON.parse(long) },
    { name: 'package.json, parsed', count: 4000, make: (i) => JSON.parse(at(manifests, i).toString()) },
    { name: 'package.json, structuredClone', count: 4000, make: (i) => structuredClone(at(parsed, i)) },
    {
      name: 'array of 300 doubles',
      count: 4000,
      make: (i) => Array.from({ length: 300 }, (_, at) => Math.sin(i + at)),
    },
    {
      name: 'Map, name → record of the lockfile',
      count: 200,
      make: () => new Map(locked.map((entry) => entryOf(entry))),
    },
    {
      name: 'Set of the names in the lockfile',
      count: 300,
      make: (i) => new Set(locked.map(({ name }) => fresh(name, i))),
    },
    { name: 'object, name → version, 400 names', count: 200, make: () => JSON.parse(dictionary(locked.slice(0, 400))) },
    {
      name: 'object, names of its own, 5 names',
      count: 10_000,
      make: (i) => JSON.parse(dictionary(ownNames(locked, i))),
    },
    { name: 'tree of the folders of a package', count: 1500, make: (i) => structuredClone(at(trees, i)) },
  ]
}

class FileRecord {
  readonly changed: Date
  readonly name: string
  readonly size: number

  constructor({ name, size, changed }: ReturnType<typeof recordOf>) {
    this.name = name
    this.size = size
    this.changed = new Date(changed)
  }
}

function recordOf(id: number, path: string, bytes: Buffer) {
  const text = bytes.toString()
  const name = path.slice(path.lastIndexOf('/') + 1)
  const changed = 1.7e12 + id * 86_400_000
  return {
    id,
    name,
    path: path.slice(-60),
    size: bytes.length,
    changed,
    isText: true,
    share: bytes.length / LARGEST,
    head: text.slice(0, 80),
  }
}

function filesBelow(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\/package\.json$|\.d\.ts$|\.js$/.test(path))
    .sort()
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile() && statSync(path).size < LARGEST)
    .map((path) => ({ path: path.slice(folder.length), bytes: readFileSync(path) }))
    .filter(({ path, bytes }) => !path.endsWith('/package.json') || isJson(bytes))
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString())
    return true
  } catch {
    return false
  }
}

interface Locked {
  readonly name: string
  readonly version: string
  readonly integrity: string
}

function lockedPackages(lockfile: string): Locked[] {
  const entries = lockfile.matchAll(/^ {2}'?(@?[^@\n]+)@([^:'\n]+)'?:\n {4}resolution: \{integrity: ([^}]+)\}/gm)
  return Array.from(entries, ([, name, version, integrity]) => ({
    name: name!,
    version: version!,
    integrity: integrity!,
  }))
}

const entryOf = (locked: Locked): [string, Locked] => [
  fresh(locked.name, 0),
  JSON.parse(JSON.stringify(locked)) as Locked,
]
const dictionary = (of: readonly Locked[]): string =>
  JSON.stringify(Object.fromEntries(of.map(({ name, version }) => [name, version])))
const ownNames = (locked: readonly Locked[], index: number): Locked[] =>
  Array.from({ length: 5 }, (_, at) => ({
    ...locked[(index + at) % locked.length]!,
    name: `${locked[at]!.name}-${index}`,
  }))

/** A string of its own, flat as one that was read from a socket. */
export function fresh(text: string, index: number): string {
  return Buffer.from(`${text}#${index}`).toString()
}

const textOf = (name: string, version: string, index: number): string => fresh(`${name}@${version}`, index)

interface Folder {
  readonly name: string
  readonly children: Folder[]
}

function treeOf(paths: readonly string[]): Folder {
  const root: Folder = { name: '', children: [] }
  for (const path of paths) {
    let folder = root
    for (const name of path.split('/')) {
      let child = folder.children.find((child) => child.name === name)
      if (child === undefined) {
        child = { name, children: [] }
        folder.children.push(child)
      }
      folder = child
    }
  }
  return root
}

function chunks<T>(list: readonly T[], length: number): T[][] {
  return Array.from({ length: Math.floor(list.length / length) }, (_, at) => list.slice(at * length, (at + 1) * length))
}

function everyNth<T>(list: readonly T[], most: number): T[] {
  const step = Math.max(1, Math.ceil(list.length / most))
  return list.filter((_, index) => index % step === 0)
}
