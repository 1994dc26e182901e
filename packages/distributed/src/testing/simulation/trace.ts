/** A history in lines for people: what each client called, what went over the wire, what was broken when. */

import { versionOf } from '../../record/envelope.js'
import { STORE, STORE_EACH } from '../../record/guarded-write.js'
import { MERGE } from '../../record/prefix-script.js'
import { formatVersion } from '../../record/version.js'
import type { Command, Reply } from '../../resp/reply.js'
import { type Call, describeCall } from '../history/call.js'

const MOST_SHOWN = 60
const WORDS = [
  [STORE, 'STORE'],
  [STORE_EACH, 'STORE_EACH'],
  [MERGE, 'MERGE'],
] as const

export class Trace {
  readonly lines: string[] = []

  constructor(private readonly now: () => number) {}

  note(what: string): void {
    this.lines.push(`${this.now().toFixed(1).padStart(9)} ms  ${what}`)
  }

  began(call: Call): void {
    this.note(`${call.client} begins  ${describeCall(call)}`)
  }

  ended(call: Call): void {
    const error = call.error instanceof Error ? `: ${call.error.name}: ${call.error.message}` : ''
    this.note(`${call.client} ends    ${describeCall(call)}${error}`)
  }

  /** What became of a command on its way to a node. */
  wire(client: string, node: string, command: Command, outcome: string, reply?: Reply): void {
    const answer = reply === undefined ? '' : ` ⇒ ${shownReply(reply)}`
    this.note(`    ${client} → ${node}  ${shownCommand(command)}  ${outcome}${answer}`)
  }
}

function shownCommand(command: Command): string {
  const [name, ...rest] = command
  const word = WORDS.find(([{ sha1 }]) => rest[0] === sha1)?.[1]
  const parts = word === undefined ? [name!, ...rest] : [word, ...rest.slice(1)]
  return parts.map(shownPart).join(' ')
}

function shownPart(part: string | Uint8Array): string {
  if (typeof part === 'string') return part.length > MOST_SHOWN ? `${part.slice(0, MOST_SHOWN)}…` : part
  return shownBytes(part)
}

function shownBytes(bytes: Uint8Array): string {
  const version = versionOf(bytes)
  if (version !== undefined) return `<${formatVersion(version)}${(bytes[1]! & 1) === 1 ? ' removed' : ''}>`
  return bytes.length === 14 ? `‹${formatVersion(bytes)}›` : `<${bytes.length} bytes>`
}

function shownReply(reply: Reply): string {
  if (reply instanceof Uint8Array) return shownBytes(reply)
  if (Array.isArray(reply)) return `[${reply.map(shownReply).join(', ')}]`
  return String(reply)
}
