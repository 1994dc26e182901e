/** Which file imports which, read from the sources. Knows no rule about what may. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import ts from 'typescript'

/** A source file as the rules see it. */
export interface SourceFile {
  /** From the root of the workspace, with `/`: `packages/core/src/store/slots.ts`. */
  readonly path: string
  /** What it imports or re-exports, types included: a path of the graph, else the specifier (`node:net`, `msgpackr`). */
  readonly imports: readonly string[]
  readonly lines: number
  /** Identifiers that it uses without having declared or imported them, as far as rules ask. */
  readonly globals: ReadonlySet<string>
}

export type Graph = ReadonlyMap<string, SourceFile>

/** The graph of the sources that ship: everything under packages/*\/src but tests. */
export function readGraph(root: string): Graph {
  const entries = packageEntries(root)
  const paths = readdirSync(join(root, 'packages')).flatMap((name) => walk(join(root, 'packages', name, 'src')))
  const known = new Set(paths.map((path) => slashed(relative(root, path))))
  const graph = new Map<string, SourceFile>()
  for (const path of paths) {
    const at = slashed(relative(root, path))
    const text = readFileSync(path, 'utf8')
    graph.set(
      at,
      parseSource(at, text, (specifier) => resolveImport(at, specifier, known, entries)),
    )
  }
  return graph
}

/** One file of a graph. `resolve` makes a specifier a path of the graph where it is one. */
export function parseSource(path: string, text: string, resolve: (specifier: string) => string): SourceFile {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
  const imports = new Set<string>()
  const used = new Set<string>()
  const declared = new Set<string>()
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node)
    if (specifier !== undefined) imports.add(resolve(specifier))
    if (ts.isPropertyAccessExpression(node)) {
      if (ts.isIdentifier(node.expression)) used.add(`${node.expression.text}.${node.name.text}`)
      visit(node.expression)
      return
    }
    if (ts.isIdentifier(node)) (isDeclaration(node) ? declared : used).add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(source)
  const globals = new Set([...used].filter((name) => !declared.has(name.split('.')[0]!)))
  return { path, imports: [...imports], lines: text.trimEnd().split('\n').length, globals }
}

/** The specifier of an import, re-export, `import()`, `require()` or `import('…')` type. */
function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : undefined
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return node.argument.literal.text
  }
  if (!ts.isCallExpression(node)) return undefined
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword
  const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require'
  const argument = node.arguments[0]
  return (isImport || isRequire) && argument && ts.isStringLiteralLike(argument) ? argument.text : undefined
}

// A name in a place that gives it a meaning of its own, or that is no variable at all.
function isDeclaration(name: ts.Identifier): boolean {
  const { parent } = name
  if (ts.isPropertyAssignment(parent) || ts.isBindingElement(parent)) return parent.name === name
  return 'name' in parent && parent.name === name
}

function resolveImport(
  from: string,
  specifier: string,
  known: ReadonlySet<string>,
  entries: ReadonlyMap<string, string>,
): string {
  const entry = entries.get(specifier)
  if (entry !== undefined) return entry
  if (!specifier.startsWith('.')) return specifier
  const path = posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')
  return known.has(path) ? path : posix.join(posix.dirname(from), specifier)
}

/** `@mtaio/core/engine` → its source, as the workspace's tsconfig maps it. */
function packageEntries(root: string): ReadonlyMap<string, string> {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const paths: Record<string, string[]> = config.compilerOptions.paths
  return new Map(Object.entries(paths).map(([name, [path]]) => [name, posix.normalize(path!)]))
}

function walk(folder: string): string[] {
  if (!statSync(dirname(folder)).isDirectory() || !ts.sys.directoryExists(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return walk(path)
    return path.endsWith('.ts') && !/\.test(-d)?\.ts$/.test(path) ? [path] : []
  })
}

function slashed(path: string): string {
  return path.split(sep).join('/')
}
