/**
 * What nodes say of changes, and what to ask them to say. Pure names: no connection, no entries.
 *
 * Every change to a cache is a write under some physical key: a record's own, or that of a register, by which a
 * namespace is cleared, a prefix removed or a tag invalidated. A node that broadcasts what changes under their prefixes
 * tells of all of them.
 */
import type { Reply } from '../resp/reply.js'

/** Who is told. A key and what it lies under are names as users know them. */
export interface Audience {
  keyChanged(path: string, key: string): void
  /** What carries a tag of this register. */
  tagChanged(path: string, register: string): void
  /** All of a namespace and those below it. */
  namespaceChanged(path: string): void
  everythingChanged(): void
}

const REGISTER = /^!(?:cleared|prefixes):(.*)$/s
const TAG_REGISTER = /^!(?:tag|stale):([^:]*):(.*)$/s
const decoder = new TextDecoder()

/** The prefixes of all physical keys of a cache. None begins with another one: nodes refuse that. */
export function prefixesOf(root: string): string[] {
  const below = (kind: string) => [`!${kind}:${root}:`, `!${kind}:${root}/`]
  // What the registers of a namespace begin with, those of `root` and others alike have: others are not listened to.
  return [`${root}:`, `${root}/`, `!cleared:${root}`, `!prefixes:${root}`, ...below('tag'), ...below('stale')]
}

/** The part of a tag's register by which the near entries that it rules over are found. */
export function registerName(register: string): string {
  return TAG_REGISTER.exec(register)?.[2] ?? register
}

/** Tells an audience what a push says; nothing where it says something else. */
export function spread([kind, keys]: readonly Reply[], audience: Audience): void {
  if (textOf(kind) !== 'invalidate') return
  if (!Array.isArray(keys)) return audience.everythingChanged()
  for (const each of keys) {
    const physical = textOf(each)
    if (physical !== undefined) tell(physical, audience)
  }
}

function tell(physical: string, audience: Audience): void {
  if (!physical.startsWith('!')) {
    const colon = physical.indexOf(':')
    if (colon >= 0) audience.keyChanged(physical.slice(0, colon), physical.slice(colon + 1))
    return
  }
  const [, cleared] = REGISTER.exec(physical) ?? []
  if (cleared !== undefined) return audience.namespaceChanged(cleared)
  const [, path, register] = TAG_REGISTER.exec(physical) ?? []
  if (path !== undefined && register !== undefined) audience.tagChanged(path, register)
}

function textOf(reply: Reply | undefined): string | undefined {
  if (typeof reply === 'string') return reply
  return reply instanceof Uint8Array ? decoder.decode(reply) : undefined
}
