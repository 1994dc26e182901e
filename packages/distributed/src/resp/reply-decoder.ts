/**
 * Replies out of a stream of bytes, RESP2 and RESP3, whatever the pieces they arrive in. Bounded in every dimension; what
 * is no reply is an error at once, never a wait. Pure: knows no socket.
 */
import { CacheSerializationError } from '@mtaio/exceptions'
import { ByteReader } from './byte-reader.js'
import type { ElementReader } from './element-reader.js'
import { type DecoderLimits, withDefaults } from './limits.js'
import { type Reply, ReplyError } from './reply.js'

export interface ReplyDecoderOptions {
  /** Called with each whole reply, in order. */
  readonly onReply: (reply: Reply) => void
  /** Called with each RESP3 push, which answers no command. Without it, pushes are dropped. */
  readonly onPush?: ((push: Reply[]) => void) | undefined
  /** Asked at each array that is a reply: who reads its elements instead, if anybody. */
  readonly readerOf?: (() => ElementReader | undefined) | undefined
  /** Called when an array was read by whoever was to read it. */
  readonly onRead?: (() => void) | undefined
  readonly limits?: DecoderLimits | undefined
}

/** An aggregate whose elements are still coming. */
interface Aggregate {
  readonly kind: 'array' | 'map' | 'push' | 'attribute'
  readonly elements: Reply[]
  readonly wanted: number
}

type Bulk = { readonly length: number; readonly kind: 'bytes' | 'verbatim' | 'error' }

const text = new TextDecoder()

export class ReplyDecoder {
  private readonly reader = new ByteReader()
  private readonly limits: ReturnType<typeof withDefaults>
  private readonly open: Aggregate[] = []
  private bulk: Bulk | undefined
  /** Who reads the elements of the array under way, and how many are still to come. */
  private elements: ElementReader | undefined
  private left = 0

  constructor(private readonly options: ReplyDecoderOptions) {
    this.limits = withDefaults(options.limits)
  }

  /**
   * Reads a chunk, calling back for each reply that it completes. The chunk is not kept.
   *
   * @param end - where in the chunk what has come ends
   * @throws CacheSerializationError on what is no reply, or over a limit; nothing can be read afterwards
   */
  write(chunk: Uint8Array, end = chunk.length): void {
    this.reader.feed(chunk, end)
    this.elements?.more(chunk, end)
    while (this.bulk === undefined ? this.readHeader() : this.readBulk(this.bulk)) {}
  }

  private readHeader(): boolean {
    if (this.reader.isDry) return false
    const type = this.reader.peek()
    if (type === 0x24 || type === 0x2a || type === 0x3a) {
      const count = this.reader.readCount()
      if (count !== undefined) return this.counted(type, count)
    }
    const line = this.reader.readLine(this.limits.maxLineBytes)
    if (line === undefined) return false
    if (line === 'too-long') throw violation(`a line is longer than ${this.limits.maxLineBytes} bytes`)
    const rest = text.decode(line.subarray(1))
    switch (line[0]) {
      case 0x2b: // +
        return this.complete(rest)
      case 0x2d: // -
        return this.complete(new ReplyError(rest))
      case 0x3a: // :
        return this.complete(integerOf(rest))
      case 0x24: // $
        return this.expectBulk(rest, 'bytes')
      case 0x3d: // =
        return this.expectBulk(rest, 'verbatim')
      case 0x21: // !
        return this.expectBulk(rest, 'error')
      case 0x5f: // _
        if (rest !== '') throw violation('a null carries something')
        return this.complete(null)
      case 0x23: // #
        if (rest !== 't' && rest !== 'f') throw violation(`'${shown(rest)}' is no boolean`)
        return this.complete(rest === 't')
      case 0x2c: // ,
        return this.complete(doubleOf(rest))
      case 0x28: // (
        if (!/^-?\d+$/.test(rest)) throw violation(`'${shown(rest)}' is no big number`)
        return this.complete(BigInt(rest))
      case 0x2a: // *
      case 0x7e: // ~
        return this.expectElements(rest, 'array', 1)
      case 0x3e: // >
        return this.expectElements(rest, 'push', 1)
      case 0x25: // %
        return this.expectElements(rest, 'map', 2)
      case 0x7c: // |
        return this.expectElements(rest, 'attribute', 2)
      default:
        throw violation(`a reply cannot begin with '${shown(text.decode(line))}'`)
    }
  }

  /** What nearly all headers are: `$`, `*` or `:`, and a small number or −1. */
  private counted(type: number, count: number): boolean {
    if (type === 0x3a) return this.complete(count)
    if (count < 0) return this.complete(null)
    if (type === 0x2a) return this.openArray(count)
    this.checkBulk(count)
    if (this.elements !== undefined && this.open.length === 0) {
      const start = this.reader.skipWhole(count)
      if (start < 0) this.bulk = { length: count, kind: 'bytes' }
      else this.readElement(this.reader.chunk, start, start + count)
      return true
    }
    const whole = this.reader.readWhole(count)
    if (whole !== undefined) return this.complete(whole)
    this.bulk = { length: count, kind: 'bytes' }
    return true
  }

  private expectBulk(rest: string, kind: Bulk['kind']): boolean {
    if (rest === '-1') return this.complete(null)
    const length = lengthOf(rest)
    this.checkBulk(length)
    this.bulk = { length, kind }
    return true
  }

  private checkBulk(length: number): void {
    if (length <= this.limits.maxBulkBytes) return
    throw violation(`a string of ${length} bytes is over the limit of ${this.limits.maxBulkBytes}`)
  }

  private readBulk({ length, kind }: Bulk): boolean {
    const run = this.reader.readRun(length + 2)
    if (run === undefined) return false
    if (run[length] !== 13 || run[length + 1] !== 10) throw violation('a string does not end where its length says')
    this.bulk = undefined
    const bytes = run.subarray(0, length)
    if (kind === 'bytes') return this.complete(bytes)
    if (kind === 'error') return this.complete(new ReplyError(text.decode(bytes)))
    // Verbatim: three letters of format and a colon come first.
    if (bytes[3] !== 0x3a) throw violation('a verbatim string has no format')
    return this.complete(bytes.subarray(4))
  }

  private expectElements(rest: string, kind: Aggregate['kind'], each: number): boolean {
    if (rest === '-1' && kind === 'array') return this.complete(null)
    if (kind === 'array') return this.openArray(lengthOf(rest))
    return this.openAggregate(lengthOf(rest), kind, each)
  }

  private openArray(count: number): boolean {
    if (this.open.length === 0 && this.elements === undefined && count > 0) {
      const elements = this.options.readerOf?.()
      if (elements !== undefined) {
        this.checkCount(count)
        this.elements = elements
        this.left = count
        elements.begin(count, this.reader.chunk, this.reader.end)
        return true
      }
    }
    return this.openAggregate(count, 'array', 1)
  }

  private readElement(bytes: Uint8Array, start: number, end: number): void {
    this.elements!.read(bytes, start, end)
    this.elementRead()
  }

  private elementRead(): void {
    if (--this.left > 0) return
    this.elements = undefined
    this.options.onRead?.()
  }

  private openAggregate(count: number, kind: Aggregate['kind'], each: number): boolean {
    this.checkCount(count)
    if (this.open.length >= this.limits.maxDepth) throw violation(`replies nest deeper than ${this.limits.maxDepth}`)
    const isWithin = this.open.length > 0 || this.elements !== undefined
    if (kind === 'push' && isWithin) throw violation('a push inside another reply')
    this.open.push({ kind, elements: [], wanted: count * each })
    return this.closeFull()
  }

  private checkCount(count: number): void {
    if (count <= this.limits.maxElements) return
    throw violation(`${count} elements are over the limit of ${this.limits.maxElements}`)
  }

  private complete(reply: Reply): boolean {
    const { open } = this
    if (open.length === 0) {
      if (this.elements !== undefined) {
        if (reply instanceof Uint8Array) this.readElement(reply, 0, reply.length)
        else {
          this.elements.readOther(reply)
          this.elementRead()
        }
        return true
      }
      this.options.onReply(reply)
      return true
    }
    open[open.length - 1]!.elements.push(reply)
    return this.closeFull()
  }

  /** Completes the innermost aggregate, if all its elements are here. */
  private closeFull(): boolean {
    const aggregate = this.open.at(-1)!
    if (aggregate.elements.length < aggregate.wanted) return true
    this.open.pop()
    const { kind, elements } = aggregate
    if (kind === 'array') return this.complete(elements)
    if (kind === 'map') return this.complete(mapOf(elements))
    // Attributes annotate the reply that follows; nothing here asks for them.
    if (kind === 'push') this.options.onPush?.(elements)
    return true
  }
}

function mapOf(elements: readonly Reply[]): Map<Reply, Reply> {
  const map = new Map<Reply, Reply>()
  for (let i = 0; i < elements.length; i += 2) map.set(elements[i]!, elements[i + 1]!)
  return map
}

function integerOf(rest: string): number | bigint {
  if (!/^[+-]?\d{1,19}$/.test(rest)) throw violation(`'${shown(rest)}' is no integer`)
  const value = Number(rest)
  return Number.isSafeInteger(value) ? value : BigInt(rest)
}

function doubleOf(rest: string): number {
  if (rest === 'inf') return Number.POSITIVE_INFINITY
  if (rest === '-inf') return Number.NEGATIVE_INFINITY
  if (rest === 'nan' || rest === '-nan') return Number.NaN
  if (!/^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$/.test(rest)) throw violation(`'${shown(rest)}' is no double`)
  return Number(rest)
}

function lengthOf(rest: string): number {
  if (!/^\d{1,15}$/.test(rest)) throw violation(`'${shown(rest)}' is no length`)
  return Number(rest)
}

function shown(foreign: string): string {
  return JSON.stringify(foreign.slice(0, 32)).slice(1, -1)
}

function violation(what: string): CacheSerializationError {
  return new CacheSerializationError(`what the node sent is not RESP: ${what}; is another service on that port?`, {
    code: 'PROTOCOL',
  })
}
