/** Commands and replies as bytes. Pure: knows no socket. */
import { type Answer, Encoded, NullArray, Push, ReplySet, type Verbatim } from './answer.js'
import { type Command, ReplyError } from './reply.js'

const encoder = new TextEncoder()
const CRLF = '\r\n'

/** A command as the array of bulk strings that servers read. Strings are UTF-8. */
export function encodeCommand(command: Command): Uint8Array {
  const parts: (string | Uint8Array)[] = [`*${command.length}${CRLF}`]
  for (const part of command) {
    const bytes = typeof part === 'string' ? encoder.encode(part) : part
    parts.push(`$${bytes.length}${CRLF}`, bytes, CRLF)
  }
  return joined(parts)
}

/** A reply in RESP2, or in RESP3 where the client has asked for it. */
export function encodeReply(reply: Answer, protocol: 2 | 3): Uint8Array {
  const parts: (string | Uint8Array)[] = []
  writeReply(parts, reply, protocol)
  return joined(parts)
}

function writeReply(parts: (string | Uint8Array)[], reply: Answer, protocol: 2 | 3): void {
  if (reply === null) parts.push(protocol === 3 ? `_${CRLF}` : `$-1${CRLF}`)
  else if (typeof reply === 'string') parts.push(`+${oneLine(reply)}${CRLF}`)
  else if (typeof reply === 'number') parts.push(numberReply(reply, protocol))
  else if (typeof reply === 'bigint')
    parts.push(protocol === 3 && BigInt.asIntN(64, reply) !== reply ? `(${reply}${CRLF}` : `:${reply}${CRLF}`)
  else if (typeof reply === 'boolean')
    parts.push(protocol === 3 ? `#${reply ? 't' : 'f'}${CRLF}` : `:${reply ? 1 : 0}${CRLF}`)
  else if (reply instanceof Uint8Array) parts.push(`$${reply.length}${CRLF}`, reply, CRLF)
  else if (reply instanceof ReplyError) parts.push(`-${oneLine(reply.message)}${CRLF}`)
  else if (reply instanceof Map) {
    parts.push(protocol === 3 ? `%${reply.size}${CRLF}` : `*${reply.size * 2}${CRLF}`)
    for (const [key, value] of reply) {
      writeReply(parts, key, protocol)
      writeReply(parts, value, protocol)
    }
  } else if (Array.isArray(reply)) writeElements(parts, '*', reply, protocol)
  else if (reply instanceof Encoded) parts.push(reply.bytes)
  else if (reply instanceof NullArray) parts.push(protocol === 3 ? `_${CRLF}` : `*-1${CRLF}`)
  else if (reply instanceof ReplySet) writeElements(parts, protocol === 3 ? '~' : '*', reply.elements, protocol)
  else if (reply instanceof Push) writeElements(parts, protocol === 3 ? '>' : '*', reply.elements, protocol)
  else writeVerbatim(parts, reply, protocol)
}

function writeVerbatim(parts: (string | Uint8Array)[], { text }: Verbatim, protocol: 2 | 3): void {
  if (protocol === 3) parts.push(`=${text.length + 4}${CRLF}txt:`, text, CRLF)
  else parts.push(`$${text.length}${CRLF}`, text, CRLF)
}

function writeElements(parts: (string | Uint8Array)[], type: string, elements: readonly Answer[], protocol: 2 | 3) {
  parts.push(`${type}${elements.length}${CRLF}`)
  for (const element of elements) writeReply(parts, element, protocol)
}

function numberReply(value: number, protocol: 2 | 3): string {
  if (Number.isInteger(value)) return `:${value}${CRLF}`
  const text = Number.isNaN(value) ? 'nan' : String(value).replace('Infinity', 'inf')
  return protocol === 3 ? `,${text}${CRLF}` : `$${text.length}${CRLF}${text}${CRLF}`
}

// A line break inside would end the reply early and have the rest read as another.
function oneLine(text: string): string {
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, ' ') : text
}

function joined(parts: readonly (string | Uint8Array)[]): Uint8Array {
  const pieces: Uint8Array[] = []
  let length = 0
  let text = ''
  const flush = () => {
    if (text === '') return
    const bytes = encoder.encode(text)
    pieces.push(bytes)
    length += bytes.length
    text = ''
  }
  for (const part of parts) {
    if (typeof part === 'string') text += part
    else {
      flush()
      pieces.push(part)
      length += part.length
    }
  }
  flush()
  if (pieces.length === 1) return pieces[0]!
  const whole = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
