/** Registers as a node sees them: bytes that are kept out of the policy. */

/**
 * Whether the bytes are a register of the distributed client: an envelope of a tombstone that never expires. Told by its
 * first 24 bytes, without decoding.
 */
export function isRegister(value: Uint8Array): boolean {
  if (value.length < 24 || value[0] !== 1 || (value[1]! & 1) === 0) return false
  for (let i = 16; i < 24; i++) if (value[i] !== 0) return false
  return true
}
