/**
 * Whether bytes are exactly one MessagePack value of the kind that this package writes, found out before anything is made
 * of them. A decoder believes what it reads: five bytes can announce an array of millions, each nested one again; a hundred
 * thousand brackets exhaust the stack; shared references make a small value that takes for ever to be shown as text; a
 * regular expression or an error may be built from anything. So the bytes are walked first, without recursion and without
 * keeping anything but the open containers: every length is counted against the bytes that there are, depth and number of
 * containers are bounded, and of extensions only those pass that the encoder writes, in the shape in which it writes them.
 *
 * Follows msgpackr's format: plain MessagePack, with records (`d4 72 id [names] values…`, from then on `id values…`, ids
 * 0x40–0x7f) and the structured-clone extensions. O(tokens); a string or a run of bytes is one step.
 */

/** Arrays, maps, objects and the like within one another, at most. */
export const MAX_DEPTH = 1000
/** Arrays, maps, objects and the like of one value, at most: each takes far more memory than its one byte. */
export const MAX_CONTAINERS = 2_000_000

const RECORD = 0x72
const ERROR = 0x65
const REGEXP = 0x78
const SET = 0x73
const ID = 0x69
const POINTER = 0x70

const decoder = new TextDecoder()

/** @throws Error saying what is wrong, unless `bytes` are exactly one value that can be decoded safely */
export function checkMsgpack(bytes: Uint8Array): void {
  new Walk(bytes).whole()
}

class Walk {
  private readonly view: DataView
  private at = 0
  /** How many values each open container still lacks, the outermost first. */
  private readonly lacking: number[] = [1]
  /** How many values a record of each id has. */
  private readonly records: number[] = []
  /** Ids that pointers may name; for the names of a record's properties, how many they are. */
  private readonly known = new Map<number, number | undefined>()
  private containers = 0

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  whole(): void {
    while (this.lacking.length > 0) {
      const top = this.lacking.length - 1
      if (this.lacking[top] === 0) this.lacking.pop()
      else {
        this.lacking[top]!--
        this.value()
      }
    }
    if (this.at !== this.bytes.length) throw new Error('something follows the value')
  }

  private value(): void {
    const token = this.byte()
    if (token < 0x80) {
      const values = token < 0x40 ? undefined : this.records[token]
      if (values !== undefined) this.open(values)
    } else if (token < 0x90) this.open(2 * (token & 0x0f))
    else if (token < 0xa0) this.open(token & 0x0f)
    else if (token < 0xc0) this.skip(token & 0x1f)
    else if (token < 0xe0) this.longer(token)
  }

  private longer(token: number): void {
    switch (token) {
      case 0xc1:
        throw new Error('there is no such token as 0xc1')
      case 0xc4:
      case 0xd9:
        return this.skip(this.byte())
      case 0xc5:
      case 0xda:
        return this.skip(this.uint16())
      case 0xc6:
      case 0xdb:
        return this.skip(this.uint32())
      case 0xc7:
        return this.run(this.byte())
      case 0xc8:
        return this.run(this.uint16())
      case 0xc9:
        return this.run(this.uint32())
      case 0xcc:
      case 0xd0:
        return this.skip(1)
      case 0xcd:
      case 0xd1:
        return this.skip(2)
      case 0xca:
      case 0xce:
      case 0xd2:
        return this.skip(4)
      case 0xcb:
      case 0xcf:
      case 0xd3:
        return this.skip(8)
      case 0xd4:
        return this.marked(this.byte())
      case 0xd6:
        return this.referring()
      case 0xd7:
        return this.run(8)
      case 0xdc:
        return this.open(this.uint16())
      case 0xdd:
        return this.open(this.uint32())
      case 0xde:
        return this.open(2 * this.uint16())
      case 0xdf:
        return this.open(2 * this.uint32())
      default:
        if (token > 0xc3) throw new Error(`the token 0x${token.toString(16)} is never written`)
    }
  }

  /** An extension that is all bytes: a date, a big integer, a typed array. */
  private run(length: number): void {
    const type = this.byte()
    if (type !== 0xff && type !== 0x42 && type !== 0x74) throw unknownExtension(type)
    this.skip(length)
  }

  /** An extension of one byte: a mark in front of a value, or a value itself. */
  private marked(type: number): void {
    const mark = this.byte()
    if (type === RECORD) return this.record(0x40 | (mark & 0x3f))
    // `undefined`, an invalid date, a big integer of one byte.
    if (type === 0 || type === 0xff || type === 0x42) return
    if (type === SET) return this.open(this.arrayLength())
    if (type !== ERROR && type !== REGEXP) throw unknownExtension(type)
    // Anything but text here would be turned into text, which may never end.
    const length = this.arrayLength()
    if (length !== (type === ERROR ? 3 : 2)) throw new Error('an error or a regular expression has other parts')
    const name = this.text()
    this.text()
    if (type === ERROR && name in Object.prototype) throw new Error(`no error is called ${name}`)
    this.open(length - 2)
  }

  private referring(): void {
    const type = this.byte()
    if (type !== ID && type !== POINTER) {
      this.at--
      return this.run(4)
    }
    const id = this.uint32()
    if (type === ID) {
      this.known.set(id, undefined)
      // The value that is called so comes next.
      this.lacking[this.lacking.length - 1]!++
    } else if (!this.known.has(id)) throw new Error('a reference leads nowhere')
  }

  private record(id: number): void {
    const values = this.names()
    this.records[id] = values
    this.open(values)
  }

  /** The names of a record's properties; how many they are. A second record of the same names points to the first one's. */
  private names(): number {
    let id: number | undefined
    if (this.bytes[this.at] === 0xd6) {
      this.at++
      const type = this.byte()
      id = this.uint32()
      if (type === POINTER) {
        const names = this.known.get(id)
        if (names === undefined) throw new Error('a reference leads nowhere')
        return names
      }
      if (type !== ID) throw unknownExtension(type)
    }
    const names = this.arrayLength()
    for (let i = 0; i < names; i++) {
      const from = this.at
      if (this.skipText() === 9 && this.textAt(from) === '__proto__')
        throw new Error("a property is called '__proto__'")
    }
    if (id !== undefined) this.known.set(id, names)
    return names
  }

  /** The values of a container come next. */
  private open(values: number): void {
    // A value has one byte at the least, so that nothing is announced which cannot be there.
    if (values > this.bytes.length - this.at) throw tooShort()
    if (++this.containers > MAX_CONTAINERS) throw new Error(`it has more than ${MAX_CONTAINERS} objects and arrays`)
    if (values === 0) return
    if (this.lacking.length > MAX_DEPTH) throw new Error(`it is nested more than ${MAX_DEPTH} deep`)
    this.lacking.push(values)
  }

  private arrayLength(): number {
    const token = this.byte()
    if (token >= 0x90 && token < 0xa0) return token & 0x0f
    if (token === 0xdc) return this.uint16()
    if (token === 0xdd) return this.uint32()
    throw new Error('an array is missing')
  }

  private text(): string {
    const from = this.at
    this.skipText()
    return this.textAt(from)
  }

  /** Steps over a text; its length in bytes. */
  private skipText(): number {
    const token = this.byte()
    let length: number
    if (token >= 0xa0 && token < 0xc0) length = token & 0x1f
    else if (token === 0xd9) length = this.byte()
    else if (token === 0xda) length = this.uint16()
    else if (token === 0xdb) length = this.uint32()
    else throw new Error('a text is missing')
    this.skip(length)
    return length
  }

  /** The text that begins at `from` and ends here. */
  private textAt(from: number): string {
    const token = this.bytes[from]!
    const head = token < 0xc0 ? 1 : token === 0xd9 ? 2 : token === 0xda ? 3 : 5
    return decoder.decode(this.bytes.subarray(from + head, this.at))
  }

  private byte(): number {
    if (this.at >= this.bytes.length) throw tooShort()
    return this.bytes[this.at++]!
  }

  private uint16(): number {
    this.skip(2)
    return this.view.getUint16(this.at - 2)
  }

  private uint32(): number {
    this.skip(4)
    return this.view.getUint32(this.at - 4)
  }

  private skip(length: number): void {
    if (length > this.bytes.length - this.at) throw tooShort()
    this.at += length
  }
}

function tooShort(): Error {
  return new Error('it ends before what it announces')
}

function unknownExtension(type: number): Error {
  return new Error(`the extension 0x${type.toString(16)} is never written, or not so`)
}
