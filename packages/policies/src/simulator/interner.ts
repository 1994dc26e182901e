/**
 * Keys → dense ids, in order of appearance, in bounded memory: 8 bytes a key for its fingerprint and 6 to 12 for its
 * place in the table, however long the key is.
 *
 * Keys are told apart by 64 bits of hash and are not kept. Two of `n` keys are taken for one with a chance of about
 * n² / 2⁶⁵: one in a million at six million keys. The hash has no random seed, so a trace means the same on every run.
 */

const FIRST_CAPACITY = 1024

export class Interner {
  /** How many keys have been seen. */
  size = 0

  private low = new Int32Array(FIRST_CAPACITY)
  private high = new Int32Array(FIRST_CAPACITY)
  /** Open addressing, linear probing: id + 1, or 0 where nothing is. At most three quarters full. */
  private table = new Int32Array(2 * FIRST_CAPACITY)
  private scratch = new Uint8Array(256)
  private readonly encoder = new TextEncoder()

  /** The id of the key that is `bytes[from … to)`: a new one is the next integer. */
  idOfBytes(bytes: Uint8Array, from: number, to: number): number {
    let a = 0x9e3779b9 | 0
    let b = 0x85ebca6b ^ (to - from)
    // Each step can be undone, so the 64 bits of state lose nothing on the way.
    for (let i = from; i < to; i++) {
      a = Math.imul(a ^ bytes[i]!, 0x5bd1e995)
      a = ((a << 13) | (a >>> 19)) + b
      b = Math.imul(b ^ a, 0x27d4eb2f)
      b = (b << 17) | (b >>> 15)
    }
    const low = mixed(a ^ mixed(b))
    return this.idOf(low, mixed(b + low))
  }

  /** The id of a key: that of its UTF-8 bytes. */
  idOfKey(key: string): number {
    if (this.scratch.length < 3 * key.length) this.scratch = new Uint8Array(4 * key.length)
    const { written } = this.encoder.encodeInto(key, this.scratch)
    return this.idOfBytes(this.scratch, 0, written)
  }

  /** 32 bits of hash for each id, as policies take them. */
  hashes(): Int32Array {
    return this.low.slice(0, this.size)
  }

  private idOf(low: number, high: number): number {
    const mask = this.table.length - 1
    let at = low & mask
    for (;;) {
      const id = this.table[at]! - 1
      if (id < 0) break
      if (this.low[id] === low && this.high[id] === high) return id
      at = (at + 1) & mask
    }
    const id = this.size++
    this.table[at] = id + 1
    if (id === this.low.length) {
      this.low = grown(this.low)
      this.high = grown(this.high)
    }
    this.low[id] = low
    this.high[id] = high
    if (4 * this.size > 3 * this.table.length) this.growTable()
    return id
  }

  private growTable(): void {
    const table = new Int32Array(2 * this.table.length)
    const mask = table.length - 1
    for (let id = 0; id < this.size; id++) {
      let at = this.low[id]! & mask
      while (table[at] !== 0) at = (at + 1) & mask
      table[at] = id + 1
    }
    this.table = table
  }
}

/** The finalizer of MurmurHash3: every bit of the input moves every bit of the output. */
function mixed(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function grown(from: Int32Array): Int32Array<ArrayBuffer> {
  const to = new Int32Array(2 * from.length)
  to.set(from)
  return to
}
