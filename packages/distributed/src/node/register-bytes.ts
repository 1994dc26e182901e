/** Registers as a node sees them: bytes that are kept out of the policy. */

/**
 * Whether the bytes are a register of the distributed client: an envelope of a tombstone that never expires. Told by its
 * first 24 bytes, without decoding.
 */
export function isRegister(bytes: Uint8Array, start = 0, length: number = bytes.length): boolean {
  if (length < 24 || bytes[start] !== 1 || (bytes[start + 1]! & 1) === 0) return false
  for (let i = start + 16; i < start + 24; i++) if (bytes[i] !== 0) return false
  return true
}
