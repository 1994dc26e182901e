/** Clients that are shown every command, as MONITOR shows them. Costs nothing while there are none. */
import { bulk, wordOf } from './arguments.js'
import type { ClientState } from './client-state.js'

export class Monitors {
  private readonly watching = new Set<ClientState>()

  get isWatched(): boolean {
    return this.watching.size > 0
  }

  add(client: ClientState): void {
    this.watching.add(client)
  }

  remove(client: ClientState): void {
    this.watching.delete(client)
  }

  /** @param now - epoch ms */
  tell(parts: readonly Uint8Array[], { connection }: ClientState, now: number): void {
    const seconds = Math.floor(now / 1000)
    const micros = String(Math.floor((now % 1000) * 1000)).padStart(6, '0')
    const line = `${seconds}.${micros} [0 ${connection.address}] ${parts.map(quoted).join(' ')}`
    for (const client of this.watching) client.connection.push(line)
  }
}

const NAMED: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
}

function quoted(part: Uint8Array): string {
  let text = '"'
  for (const byte of part) {
    text += NAMED[byte] ?? (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : hexOf(byte))
  }
  return `${text}"`
}

function hexOf(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`
}

const REDACTED = bulk('(redacted)')

/** A command without the names and passwords that it carries. */
export function withoutSecrets(name: string, parts: readonly Uint8Array[]): readonly Uint8Array[] {
  if (name === 'auth') return parts.map((part, at) => (at === 0 ? part : REDACTED))
  if (name !== 'hello') return parts
  return parts.map((part, at) => {
    const follows = (distance: number) => at > distance && wordOf(parts[at - distance]!) === 'AUTH'
    return follows(1) || follows(2) ? REDACTED : part
  })
}
