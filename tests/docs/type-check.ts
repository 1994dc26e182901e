/** Compiles snippets as a user's compiler would, strictly and over the workspace's sources. All of them as one program. */
import { join } from 'node:path'
import ts from 'typescript'
import type { Snippet } from './snippets.js'

/** What the compiler has against each snippet, one sentence each, beginning with the page and its line. */
export function typeCheck(root: string, snippets: readonly Snippet[]): Map<Snippet, string[]> {
  const { config, error } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'))
  const options: ts.CompilerOptions = {
    ...ts.parseJsonConfigFileContent(config, ts.sys, root).options,
    // A page shows a value and says nothing more about it.
    noUnusedLocals: false,
    noUnusedParameters: false,
    noEmit: true,
  }
  // In the tests' folder, so that Node's types are found; none of these files exists.
  const files = new Map(
    snippets.map((snippet, index) => [join(root, 'tests', `snippet-${index}.ts`).replaceAll('\\', '/'), snippet]),
  )
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => files.has(path) || fileExists(path)
  host.readFile = (path) => (files.has(path) ? asModule(files.get(path)!) : readFile(path))
  host.getSourceFile = (path, language, ...rest) =>
    files.has(path)
      ? ts.createSourceFile(path, asModule(files.get(path)!), language)
      : getSourceFile(path, language, ...rest)
  const program = ts.createProgram([...files.keys()], options, host)
  const complaints = new Map<Snippet, string[]>()
  for (const [path, snippet] of files) {
    const source = program.getSourceFile(path)
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    complaints.set(
      snippet,
      found.map((diagnostic) => sentenceOf(diagnostic, snippet)),
    )
  }
  return complaints
}

// Without an export it would be a script: names of its own global, no await at the top.
function asModule({ setup, code }: Snippet): string {
  return `${setup}${code}export {}\n`
}

function sentenceOf({ file, start, code, messageText }: ts.Diagnostic, { page, line, setup }: Snippet): string {
  const within = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line
  const above = setup.split('\n').length - 1
  const at = within < above ? `${line} (setup)` : line + within - above
  return `${page}:${at}: TS${code} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
}
