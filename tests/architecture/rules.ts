/**
 * The arrows of the architecture, as rules over an import graph. Each answers with what breaks it, one sentence each; an
 * empty answer is a house in order. See docs/architecture.md.
 */
import { circlesOf } from './circles.js'
import type { Graph, SourceFile } from './import-graph.js'

export type Rule = (graph: Graph) => string[]

/** Package → the packages that it may import. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  exceptions: [],
  policies: ['exceptions'],
  core: ['policies', 'exceptions'],
  distributed: ['core', 'policies', 'exceptions'],
  decorators: ['core', 'exceptions'],
}

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'requestIdleCallback']
const CLOCKS = ['Date.now', 'performance.now', 'Math.random', 'crypto.getRandomValues', 'crypto.randomUUID']
const PURE_ROOMS = ['quorum', 'placement', 'record', 'health', 'resp']
const FORBIDDEN_NAME = /(^|-)(utils?|helpers?|common|misc|shared|manager|impl|base|data|info)(-|$)/
const MAX_LINES = 350
/** The one file of core that knows a runtime: `#diagnostics` under its conditions, and nobody may import it. */
const NODE_ONLY = 'packages/core/src/diagnostics/node.ts'

/** Rooms that are entries of their own, and bridges to what a user has installed. */
const BRIDGES: Readonly<Record<string, readonly string[]>> = {
  'core/telemetry': ['@opentelemetry/api', 'prom-client', 'node:diagnostics_channel', 'node:perf_hooks'],
}

/** The package that a path of the graph belongs to. */
export function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\/src\//.exec(path)?.[1]
}

/** The room: the first folder below src, or the file itself where it stands at the top of its package. */
export function roomOf(path: string): string {
  const [, , , ...rest] = path.split('/')
  return (rest[0] ?? '').replace(/\.ts$/, '')
}

/** Every published package imports only those below it, and no package that the rules do not know. */
export const packageArrows: Rule = (graph) => [
  ...each(graph, (file, imported) => {
    const [from, to] = [packageOf(file.path)!, packageOf(imported)]
    if (to === undefined || from === to) return undefined
    return ARROWS[from]?.includes(to) ? undefined : `${from} must not import ${to}`
  }),
  ...[...new Set([...graph.keys()].map((path) => packageOf(path)!))]
    .filter((name) => !(name in ARROWS))
    .map((name) => `package ${name} has no place in the architecture: say in the rules what it may import`),
]

/** The nevers between rooms. */
export const nevers: Rule = (graph) =>
  each(graph, (file, imported) => {
    const from = `${packageOf(file.path)}/${roomOf(file.path)}`
    const to = packageOf(imported) === undefined ? imported : `${packageOf(imported)}/${roomOf(imported)}`
    if ((from === 'core/store' || from === 'core/expiry') && to === 'core/time') return `${from} is told the time`
    if (isPureRoom(file.path)) {
      if (to === 'distributed/transport' || to === 'distributed/node') return `${from} is pure: it knows no ${to}`
      // A sum of bytes is a sum of bytes, whoever adds them up.
      const isSum = file.path === 'packages/distributed/src/record/crc32.ts' && imported === 'node:zlib'
      if (packageOf(imported) === undefined && !isSum) return `${from} is pure: it imports no ${imported}`
    }
    if (/^packages\/distributed\/src\/transport\/(resp-transport|client-adapter)\.ts$/.test(imported)) {
      // The package's entry may pass on what a user hands to the composition root.
      const chooses = ['packages/distributed/src/client/connect.ts', 'packages/distributed/src/index.ts']
      if (!chooses.includes(file.path)) return 'real I/O is chosen in client/connect only'
    }
    if (imported === NODE_ONLY)
      return 'is for runtimes that have channels, and chosen by the conditions of package.json'
    if (from !== to && `${to}` in BRIDGES && roomOf(file.path) !== 'telemetry')
      return `${to} is a bridge that users cross`
    if (roomOf(imported) === 'testing' && packageOf(imported) && roomOf(file.path) !== 'testing') {
      return 'what ships does not import testing/'
    }
    return undefined
  })

/** Pure rooms read no clock, draw no randomness and set no timer of their own. */
export const purity: Rule = (graph) =>
  [...graph.values()].flatMap((file) => {
    const uses = isPureRoom(file.path) ? [...TIMERS, ...CLOCKS].filter((name) => file.globals.has(name)) : []
    return uses.map((name) => `${file.path}: a pure room uses ${name}`)
  })

/** core, policies and exceptions run wherever JavaScript runs, and bring nothing along. */
export const portability: Rule = (graph) =>
  [...graph.values()].flatMap((file) => {
    if (!['core', 'policies', 'exceptions'].includes(packageOf(file.path)!)) return []
    const outside = file.imports.filter(
      (imported) =>
        packageOf(imported) === undefined &&
        !(file.path === NODE_ONLY && imported === 'node:diagnostics_channel') &&
        !BRIDGES[`${packageOf(file.path)}/${roomOf(file.path)}`]?.includes(imported),
    )
    const words = ['Buffer', 'process', 'require', '__dirname'].filter((name) => file.globals.has(name))
    return [
      ...outside.map((imported) => `${file.path} → ${imported}: runs everywhere, so it imports nothing from outside`),
      ...words.map((name) => `${file.path}: ${name} is not everywhere`),
    ]
  })

/** Every relative import leads to a file of the graph, or to the package's own manifest. */
export const resolved: Rule = (graph) =>
  each(graph, (_file, imported) => {
    const isInside = packageOf(imported) !== undefined || imported.startsWith('.') || imported.startsWith('packages/')
    const isManifest = /^packages\/[^/]+\/package\.json$/.test(imported)
    return isInside && !isManifest && !graph.has(imported) ? 'leads nowhere' : undefined
  })

/** No file reaches itself, types included. */
export const fileCircles: Rule = (graph) =>
  circlesOf(
    new Map([...graph.values()].map((file) => [file.path, file.imports.filter((path) => graph.has(path))])),
  ).map((circle) => `files in a circle: ${circle.join(', ')}`)

/** No room reaches itself: the rooms of all packages, and within each room its folders. */
export const folderCircles: Rule = (graph) => {
  const edges = new Map<string, Set<string>>()
  for (const file of graph.values()) {
    for (const imported of file.imports.filter((path) => graph.has(path))) {
      for (const [from, to] of branches(file.path, imported)) {
        edges.set(from, (edges.get(from) ?? new Set()).add(to))
      }
    }
  }
  return circlesOf(edges).map((circle) => `folders in a circle: ${circle.join(', ')}`)
}

/** Files that one can read in one sitting. */
export const size: Rule = (graph) =>
  [...graph.values()]
    .filter((file) => file.lines > MAX_LINES)
    .map((file) => `${file.path} has ${file.lines} lines; ${MAX_LINES} are the most`)

/** Files and folders are called after what they are; a drawer for everything is called after nothing. */
export const names: Rule = (graph) =>
  [...graph.keys()].flatMap((path) =>
    path
      .split('/')
      .slice(3)
      .map((name) => name.replace(/\.ts$/, ''))
      .flatMap((name) => {
        if (FORBIDDEN_NAME.test(name)) return [`${path}: "${name}" says nothing of what is in it`]
        return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) ? [] : [`${path}: "${name}" is not kebab-case`]
      }),
  )

function isPureRoom(path: string): boolean {
  return packageOf(path) === 'distributed' && PURE_ROOMS.includes(roomOf(path))
}

/** Where two files part ways: the two names, side by side, that an arrow between folders runs between. */
function branches(from: string, to: string): [string, string][] {
  const [left, right] = [from.split('/'), to.split('/')]
  let depth = 0
  while (left[depth] === right[depth]) depth++
  const at = (parts: string[]) => parts.slice(0, depth + 1).join('/')
  return left.length > depth + 1 || right.length > depth + 1 ? [[at(left), at(right)]] : []
}

function each(graph: Graph, judge: (file: SourceFile, imported: string) => string | undefined): string[] {
  return [...graph.values()].flatMap((file) =>
    file.imports.flatMap((imported) => {
      const verdict = judge(file, imported)
      return verdict === undefined ? [] : [`${file.path} → ${imported}: ${verdict}`]
    }),
  )
}
