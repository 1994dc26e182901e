/** Registers: one version under a key of its own that says "what is older is dead", for a namespace or a tag. */
import { encodeEnvelope } from '../record/envelope.js'
import type { Version } from '../record/version.js'
import { tombstoneOf } from '../record/wire-record.js'

/** The register of everything in a namespace. */
export function clearedRegister(path: string): string {
  return `!cleared:${path}`
}

/** The register of a tag within a namespace. */
export function tagRegister(path: string, tag: string): string {
  return `!tag:${path}:${tag}`
}

/** The registers of everything in a namespace and in those above it, outermost first. */
export function clearedRegisters(path: string): string[] {
  const names = path.split('/')
  return names.map((_, i) => clearedRegister(names.slice(0, i + 1).join('/')))
}

/** Whether a physical key is that of a register. */
export function isRegisterKey(key: string): boolean {
  return key.startsWith('!cleared:') || key.startsWith('!tag:') || key.startsWith('!newest:')
}

/**
 * The register of the newest register: as new as any clear or invalidation in the namespace `path` belongs to. It kills
 * nothing. Who writes a register meets it, and so goes past what others may have written after an earlier register.
 */
export function newestRegister(path: string): string {
  return `!newest:${path.split('/')[0]}`
}

/** Whether a physical key is that of a group of keys that transactions are decided for. */
export function isGroupKey(key: string): boolean {
  return key.startsWith('!txn:')
}

/** A register as bytes: a tombstone that never expires. */
export function registerEnvelope(version: Version): Uint8Array {
  return encodeEnvelope(tombstoneOf(version, 0))
}
