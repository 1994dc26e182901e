/** What a store of bytes is told to write, and what it answers. Knows no store. */

/** What became of a write: stored, or refused because it is larger than all there is, or than registers may be. */
export type SetVerdict = 'stored' | 'too-large' | 'registers-full'

/** One write of several. */
export interface ByteWrite {
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** Epoch ms, `Infinity` = never. */
  readonly expiresAt: number
}
