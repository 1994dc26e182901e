/** Inputs for a node: commands by its own table, in RESP or inline, and what a broken or hostile client makes of them. */
import { COMMANDS } from '../../src/node/command-table.js'

/** Numbers from 0 to below `below`, from a seed (xorshift). */
export class Dice {
  private state: number

  constructor(seed: number) {
    this.state = seed | 0 || 1
  }

  roll(below: number): number {
    let x = this.state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.state = x
    return (x >>> 0) % below
  }

  pick<T>(from: readonly T[]): T {
    return from[this.roll(from.length)]!
  }
}

/** Every command and subcommand, as its first words and how many parts it takes. */
const SHAPES = [...COMMANDS.values()]
  // MONITOR shows a client all that comes after: replies would no longer be one for a command.
  .filter(({ name }) => name !== 'monitor')
  .flatMap(({ name, arity, subcommands }) => [
    { words: [name], arity: Math.abs(arity) },
    ...[...(subcommands?.values() ?? [])].map((each) => ({ words: each.name.split('|'), arity: Math.abs(each.arity) })),
  ])
const KEYS = ['a', 'b', 'c', 'key:1', 'key:2', '', 'k'.repeat(300)]
const NUMBERS = [
  ...['0', '1', '-1', '2', '10', '100', '1000', '3', '-0', '01', '1.5', '1e3', 'x', ' 1', 'inf', 'nan', '0x10'],
  ...['9223372036854775807', '-9223372036854775808', '9223372036854775808', '536870912', '4294967296', '1e400'],
]
const WORDS = [
  ...['NX', 'XX', 'GT', 'LT', 'GET', 'KEEPTTL', 'EX', 'PX', 'EXAT', 'PXAT', 'PERSIST', 'REPLACE', 'DB', 'SAMPLES'],
  ...['MATCH', 'COUNT', 'TYPE', 'string', 'ON', 'OFF', 'BCAST', 'PREFIX', 'OPTIN', 'OPTOUT', 'NOLOOP', 'YES', 'NO'],
  ...['SKIP', 'AUTH', 'SETNAME', 'default', 'LIB-NAME', 'ID', 'ADDR', 'SKIPME', 'SYNC', 'ASYNC', 'HELP', 'FILTERBY'],
  ...['PATTERN', 'ACLCAT', '*', 'a*', '[a-', '\\', '[^', '?', 'everything', 'redirect', 'return 1'],
]

/** A character for each byte, as all texts here. */
function randomBytes(dice: Dice, most: number): string {
  let text = ''
  for (let left = dice.roll(most + 1); left > 0; left--) text += String.fromCharCode(dice.roll(256))
  return text
}

function randomPart(dice: Dice): string {
  const kind = dice.roll(10)
  if (kind < 4) return dice.pick(KEYS)
  if (kind < 7) return dice.pick(NUMBERS)
  return kind < 9 ? dice.pick(WORDS) : randomBytes(dice, 40)
}

/** Commands that mostly have the number of parts that they ask for. */
export function randomCommands(dice: Dice, count: number): Uint8Array {
  let text = ''
  for (let i = 0; i < count; i++) text += randomCommand(dice)
  return Buffer.from(text, 'latin1')
}

function randomCommand(dice: Dice): string {
  const { words, arity } = dice.pick(SHAPES)
  const wanted = Math.max(words.length, arity + (dice.roll(3) === 0 ? dice.roll(5) - 1 : 0))
  const parts = words.map((word) => (dice.roll(2) === 0 ? word : word.toUpperCase()))
  while (parts.length < wanted) parts.push(randomPart(dice))
  if (dice.roll(12) === 0) return `${parts.map((part) => JSON.stringify(part)).join(' ')}\r\n`
  let text = `*${parts.length}\r\n`
  for (const part of parts) text += `$${part.length}\r\n${part}\r\n`
  return text
}

const PIECES = [
  '*',
  '$',
  '\r\n',
  '\n',
  '-1',
  '*3\r\n',
  '$3\r\n',
  '*-1\r\n',
  '$-1\r\n',
  '*99999999999\r\n',
  '"',
  "'",
  '\0',
]

/** Bytes changed, cut, doubled or put in between. */
export function mutated(dice: Dice, input: Uint8Array): Uint8Array {
  const bytes = [...input]
  for (let i = dice.roll(3); i >= 0; i--) {
    const at = dice.roll(bytes.length + 1)
    const kind = dice.roll(5)
    if (kind === 0) bytes[at] = dice.roll(256)
    else if (kind === 1) bytes.splice(at, 1 + dice.roll(8))
    else if (kind === 2) bytes.splice(at, 0, ...Buffer.from(dice.pick(PIECES)))
    else if (kind === 3) bytes.splice(at, 0, ...bytes.slice(at, at + dice.roll(20)))
    else bytes.length = at
  }
  return Uint8Array.from(bytes)
}

/** The input in pieces, as a network may deliver it. */
export function cut(dice: Dice, input: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let from = 0
  while (from < input.length) {
    const to = Math.min(input.length, from + 1 + dice.roll(dice.roll(2) === 0 ? 4 : 80))
    pieces.push(input.slice(from, to))
    from = to
  }
  return pieces
}
