/** A line of MONITOR as a command, and the keys that it names. Pure. */
import { COMMANDS } from '../node/command-table.js'

/** `1700000000.123456 [0 127.0.0.1:5000] "GET" "user:1"` → its words as UTF-8; `undefined` for anything else. */
export function monitoredCommand(line: string): string[] | undefined {
  const head = /^\d+\.\d+ \[[^\]]*\] /.exec(line)
  if (head === null) return undefined
  const words: string[] = []
  const quoted = /"((?:[^"\\]|\\.)*)"(?: |$)/y
  quoted.lastIndex = head[0].length
  while (quoted.lastIndex < line.length) {
    const word = quoted.exec(line)
    if (word === null) return undefined
    words.push(unescaped(word[1]!))
  }
  return words.length === 0 ? undefined : words
}

/** The keys that a command names. Those of a command that is not known are nobody's. */
export function keysOfCommand(words: readonly string[]): string[] {
  const name = words[0]!.toLowerCase()
  // Scripts say themselves how many keys they are given; registers among them are not what they are about.
  if (name === 'evalsha' || name === 'eval') {
    const count = Number(words[2])
    return count > 0 ? words.slice(3, 3 + count).filter((key) => key[0] !== '!') : []
  }
  const [first, last, step] = COMMANDS.get(name)?.keys ?? [0, 0, 0]
  if (first === 0) return []
  const end = last < 0 ? words.length + last : last
  const keys: string[] = []
  for (let at = first; at <= end && at < words.length; at += Math.max(1, step)) keys.push(words[at]!)
  return keys
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' }

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  const latin1 = text.replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex: string | undefined, character: string) =>
    hex === undefined ? (ESCAPES[character] ?? character) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(latin1, 'latin1').toString('utf8')
}
