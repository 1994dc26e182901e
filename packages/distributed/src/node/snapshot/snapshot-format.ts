/**
 * Entries as the bytes of a snapshot. Pure.
 *
 * | bytes        | field                                                      |
 * | ------------ | ---------------------------------------------------------- |
 * | 8            | `MTAIOSN1`                                                 |
 * | for each     | key length (4), value length (4), expiry (8), key, value   |
 * | 4            | `0xffffffff`: no entry more                                |
 * | 8            | how many entries there were                                |
 * | 32           | SHA-256 of all before                                      |
 *
 * Numbers are big endian; expiries are doubles, epoch ms, infinity for never.
 */
export const MAGIC = Buffer.from('MTAIOSN1')
export const DIGEST_BYTES = 32
const HEADER_BYTES = 16
const NO_MORE = 0xffffffff
/** No node holds longer keys or values: a length beyond is damage. */
const MAX_PART = 512 * 2 ** 20

export interface SnapshotEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** Epoch ms, `Infinity` = never. */
  readonly expiresAt: number
}

export function encodeEntry({ key, value, expiresAt }: SnapshotEntry): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + key.length + value.length)
  bytes.writeUInt32BE(key.length, 0)
  bytes.writeUInt32BE(value.length, 4)
  bytes.writeDoubleBE(expiresAt, 8)
  bytes.set(key, HEADER_BYTES)
  bytes.set(value, HEADER_BYTES + key.length)
  return bytes
}

export function encodeEnd(entries: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32BE(NO_MORE, 0)
  bytes.writeBigUInt64BE(BigInt(entries), 4)
  return bytes
}

/** What is wrong with a file, in a few words. */
export class SnapshotDamage extends Error {}

/** Reads entries out of pieces of a file, the digest left out. */
export class SnapshotParser {
  private held = Buffer.alloc(0)
  private entries = 0
  private begun = false
  private ended = false

  constructor(private readonly onEntry: (entry: SnapshotEntry) => void) {}

  /** @throws SnapshotDamage */
  write(piece: Uint8Array): void {
    this.held = this.held.length === 0 ? Buffer.from(piece) : Buffer.concat([this.held, piece])
    let at = 0
    if (!this.begun) {
      if (this.held.length < MAGIC.length) return
      if (!this.held.subarray(0, MAGIC.length).equals(MAGIC)) throw new SnapshotDamage('it is no snapshot')
      this.begun = true
      at = MAGIC.length
    }
    for (let next = this.readAt(at); next > at; next = this.readAt(at)) at = next
    this.held = this.held.subarray(at)
  }

  /** @throws SnapshotDamage when it ends too early, or goes on */
  end(): void {
    if (!this.ended || this.held.length > 0) throw new SnapshotDamage('it ends in the middle')
  }

  private readAt(at: number): number {
    const { held } = this
    if (this.ended || held.length - at < 4) return at
    const keyLength = held.readUInt32BE(at)
    if (keyLength === NO_MORE) {
      if (held.length - at < 12) return at
      if (held.readBigUInt64BE(at + 4) !== BigInt(this.entries)) throw new SnapshotDamage('entries are missing')
      this.ended = true
      return at + 12
    }
    if (held.length - at < HEADER_BYTES) return at
    const valueLength = held.readUInt32BE(at + 4)
    const expiresAt = held.readDoubleBE(at + 8)
    if (keyLength > MAX_PART || valueLength > MAX_PART || Number.isNaN(expiresAt)) {
      throw new SnapshotDamage('an entry makes no sense')
    }
    const end = at + HEADER_BYTES + keyLength + valueLength
    if (held.length < end) return at
    const middle = at + HEADER_BYTES + keyLength
    this.onEntry({
      key: held.subarray(at + HEADER_BYTES, middle),
      value: held.subarray(middle, end),
      expiresAt,
    })
    this.entries++
    return end
  }
}
