/**
 * The words of an inline command, as Redis reads them (its `sdssplitargs`): between blanks; quotes hold words together, double
 * ones with escapes. Bytes, not text: what is no UTF-8 comes through as it is. Pure.
 */

const SPACE = 0x20
const TAB = 0x09
const CR = 0x0d
const LF = 0x0a
const DOUBLE = 0x22
const SINGLE = 0x27
const BACKSLASH = 0x5c
const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, a: 7 }

/** @returns the words; `undefined` where a quote is not closed, or something else than a blank follows it */
export function inlineWords(line: Uint8Array): Uint8Array[] | undefined {
  // To Redis a zero is the end.
  const zero = line.indexOf(0)
  const end = zero < 0 ? line.length : zero
  const words: Uint8Array[] = []
  const word = new Uint8Array(end)
  let at = 0
  for (;;) {
    while (at < end && isBlank(line[at]!)) at++
    if (at >= end) return words
    let length = 0
    let quote = 0
    for (; ; at++) {
      const byte = at < end ? line[at]! : -1
      if (byte < 0 && quote !== 0) return undefined
      if (quote === 0) {
        if (byte < 0 || byte === SPACE || byte === TAB || byte === CR || byte === LF) break
        if (byte === DOUBLE || byte === SINGLE) quote = byte
        else word[length++] = byte
      } else if (byte === quote) {
        at++
        if (at < end && !isBlank(line[at]!)) return undefined
        break
      } else if (byte !== BACKSLASH || at + 1 >= end) word[length++] = byte
      else if (quote === SINGLE) word[length++] = line[at + 1] === SINGLE ? line[++at]! : byte
      else {
        const hex = line[at + 1] === 0x78 && at + 3 < end ? hexAt(line, at + 2) : -1
        if (hex >= 0) word[length++] = hex
        else word[length++] = ESCAPES[String.fromCharCode(line[at + 1]!)] ?? line[at + 1]!
        at += hex >= 0 ? 3 : 1
      }
    }
    words.push(word.slice(0, length))
  }
}

/** As `isspace` of C has it. */
function isBlank(byte: number): boolean {
  return byte === SPACE || (byte >= TAB && byte <= CR)
}

/** The value of two hexadecimal digits; -1 where there are none. */
function hexAt(bytes: Uint8Array, at: number): number {
  const [high, low] = [digitOf(bytes[at]!), digitOf(bytes[at + 1]!)]
  return high < 0 || low < 0 ? -1 : 16 * high + low
}

function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
