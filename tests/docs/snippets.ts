/**
 * The TypeScript of a Markdown page: every fence marked `ts`. Knows nothing of compiling or running.
 *
 * A comment `<!-- snippet … -->` right above a fence stands in front of its code when that is compiled and run: what a
 * reader need not see. A fence marked `ts continued` stands behind the one before it on its page. A fence marked
 * `ts no-run` is compiled and not run.
 */

export interface Snippet {
  /** The page, as it was named to `snippetsOf`. */
  readonly page: string
  /** The page's line, from 1, that the code's first line stands on. */
  readonly line: number
  /** What is put in front of the code, each line of it ended; empty for most. */
  readonly setup: string
  readonly code: string
  readonly runs: boolean
}

const FENCE = /^(?<indent> *)(?<ticks>`{3,})(?<info>.*)$/
const TYPESCRIPT = /^(ts|typescript)( |$)/

/** Every snippet of a page, in its order. Throws for a fence that never ends and for marks that mean nothing here. */
export function snippetsOf(page: string, markdown: string): Snippet[] {
  const lines = markdown.split(/\r?\n/)
  const snippets: Snippet[] = []
  for (let at = 0; at < lines.length; at++) {
    const opening = FENCE.exec(lines[at]!)?.groups
    if (opening === undefined) continue
    const first = at + 1
    const isClosing = (line: string) => line.trim().startsWith(opening.ticks!) && line.trim().replaceAll('`', '') === ''
    do at++
    while (at < lines.length && !isClosing(lines[at]!))
    if (at === lines.length) throw new Error(`${page}:${first}: a fence that never ends`)
    const info = opening.info!.trim()
    if (!TYPESCRIPT.test(info)) continue
    const marks = info.split(/ +/).slice(1)
    const unknown = marks.find((mark) => mark !== 'no-run' && mark !== 'continued')
    if (unknown !== undefined) {
      throw new Error(`${page}:${first}: "${unknown}" is no mark of a snippet; "no-run" and "continued" are`)
    }
    const before = marks.includes('continued') ? snippets.at(-1) : undefined
    const indent = opening.indent!.length
    const code = lines.slice(first, at).map((line) => line.slice(Math.min(indent, line.search(/\S|$/))))
    const setup = (before ? before.setup + before.code : '') + setupAbove(lines, first - 2)
    snippets.push({ page, line: first + 1, setup, code: `${code.join('\n')}\n`, runs: !marks.includes('no-run') })
  }
  return snippets
}

// The comment that ends on the last line above the fence that is not empty, if it is one for us.
function setupAbove(lines: readonly string[], above: number): string {
  let last = above
  while (last >= 0 && lines[last]!.trim() === '') last--
  if (last < 0 || !lines[last]!.trim().endsWith('-->')) return ''
  let first = last
  while (first > 0 && !lines[first]!.includes('<!--')) first--
  const comment = lines.slice(first, last + 1).join('\n')
  const setup = /^\s*<!--\s*snippet\s([\s\S]*?)-->\s*$/.exec(comment)?.[1]
  return setup === undefined ? '' : `${setup.trim()}\n`
}
