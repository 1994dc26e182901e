/**
 * What registers say, where their own checksum vouches for it: a bit that was flipped in one could kill what lives, or bring back what
 * is dead, and unlike a record's nobody else would notice. Registers hardly ever change, so one that was found sound is remembered and
 * compared. Memory: 1,024 of them.
 */
import { decodeEnvelope, ENVELOPE_OVERHEAD, versionOf } from '../record/envelope.js'
import { NO_VERSION, type Version } from '../record/version.js'

interface Known {
  readonly bytes: Uint8Array
  readonly version: Version
}

const MOST_KNOWN = 1024

export class SoundRegisters {
  private readonly known = new Map<string, Known>()

  /** The version of a register; `NO_VERSION` where there is none, `undefined` where its bytes are damaged. */
  versionOf(bytes: Uint8Array | null | undefined, key: string): Version | undefined {
    if (bytes == null) return NO_VERSION
    const known = this.known.get(key)
    if (known !== undefined && startsWith(bytes, known.bytes)) return known.version
    if (!isSoundRegister(bytes, key)) return undefined
    const version = versionOf(bytes)!
    if (this.known.size >= MOST_KNOWN) this.known.clear()
    this.known.set(key, { bytes: Uint8Array.prototype.slice.call(bytes, 0, ENVELOPE_OVERHEAD), version })
    return version
  }
}

/** Whether the checksum of a register is that of what stands there. */
export function isSoundRegister(bytes: Uint8Array, key: string): boolean {
  try {
    // A register of the second kind has its instant behind it.
    decodeEnvelope(bytes.subarray(0, ENVELOPE_OVERHEAD), key)
    return true
  } catch {
    return false
  }
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  if (bytes.length < start.length) return false
  for (let i = 0; i < start.length; i++) if (bytes[i] !== start[i]) return false
  return true
}
