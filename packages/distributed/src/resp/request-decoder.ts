/**
 * Commands out of a stream of bytes, as a server reads them: arrays of bulk strings, and inline commands for people with
 * a terminal. Bounded; what is no command is an error at once. Pure: knows no socket.
 */
import { CacheSerializationError } from '@mtaio/exceptions'
import { ByteReader } from './byte-reader.js'
import { inlineWords } from './inline-words.js'
import { type DecoderLimits, PART_BYTES, STRANGERS, withDefaults } from './limits.js'
import { MOST_PARTS, RequestFrame } from './request-frame.js'

export interface RequestDecoderOptions {
  /** Called with each whole command: its name and arguments, each in an array of its own. */
  readonly onCommand: (parts: Uint8Array[]) => void
  /** Called before with a command that lies whole in its chunk; true when that was all, and its parts need not be copied. */
  readonly onFrame?: ((frame: RequestFrame) => boolean) | undefined
  readonly limits?: DecoderLimits | undefined
}

const STAR = 0x2a
const DOLLAR = 0x24
const MINUS = 0x2d

/** One for all: a command has been run before the next one is read. */
const frame = new RequestFrame()

export class RequestDecoder {
  /** Whether the peer has not shown who it is, and may send no more than that takes. */
  isStranger = false
  private readonly reader = new ByteReader()
  private readonly limits: ReturnType<typeof withDefaults>
  private parts: Uint8Array[] = []
  /** How many parts the command under way still lacks; 0 between commands. */
  private missing = 0
  /** The length of the part under way; -1 when its header is still to come. */
  private length = -1
  /** What the parts so far of the command under way count for. */
  private taken = 0
  /** A command that lies whole in its chunk and is no longer is within its bound. */
  private readonly wholeBytes: number

  constructor(private readonly options: RequestDecoderOptions) {
    this.limits = withDefaults(options.limits)
    this.wholeBytes = this.limits.maxRequestBytes - MOST_PARTS * PART_BYTES
  }

  /**
   * Reads a chunk, calling back for each command that it completes. The chunk is not kept.
   *
   * @param end - where in the chunk what has come ends
   * @throws CacheSerializationError whose message is what Redis answers (`Protocol error: …`); nothing can be read
   * afterwards
   */
  write(chunk: Uint8Array, end = chunk.length): void {
    this.reader.feed(chunk, end)
    while (this.readFrame() || this.readPiece()) {}
  }

  /** What is kept of a request that is not whole. */
  get held(): number {
    return this.taken + this.reader.kept
  }

  /** What lies in the chunk as a whole, as nearly all commands do. */
  private readFrame(): boolean {
    const { reader, options, limits } = this
    if (this.missing > 0 || this.isStranger || !reader.isBetweenLines) return false
    const end = frame.read(reader.chunk, reader.position, reader.end, limits.maxBulkBytes)
    // One close to its bound is counted part by part.
    if (end < 0 || end - reader.position > this.wholeBytes) return false
    reader.position = end
    if (options.onFrame?.(frame) !== true) options.onCommand(frame.parts())
    return true
  }

  private readPiece(): boolean {
    return this.missing === 0 ? this.readStart() : this.length < 0 ? this.readHeader() : this.readPart()
  }

  private readStart(): boolean {
    if (this.reader.isDry) return false
    const multibulk = this.reader.peek() === STAR
    const line = this.reader.readLine(this.limits.maxLineBytes)
    if (line === undefined) return false
    if (line === 'too-long') throw violation(multibulk ? 'too big mbulk count string' : 'too big inline request')
    if (!multibulk) {
      const parts = inlineWords(line)
      if (parts === undefined) throw violation('unbalanced quotes in request')
      if (parts.length > 0) this.options.onCommand(parts)
      return true
    }
    const count = integerOf(line)
    if (count === undefined || count > this.limits.maxElements) throw violation('invalid multibulk length')
    if (this.isStranger && count > STRANGERS.maxElements) throw violation('unauthenticated multibulk length')
    // Redis reads an empty or negative count as no command at all.
    if (count > 0) {
      this.missing = count
      this.parts = []
      this.taken = 0
    }
    return true
  }

  private readHeader(): boolean {
    if (this.reader.isDry) return false
    const line = this.reader.readLine(this.limits.maxLineBytes)
    if (line === undefined) return false
    if (line === 'too-long') throw violation('too big bulk count string')
    if (line[0] !== DOLLAR) throw violation(`expected '$', got '${String.fromCharCode(line[0] ?? 0x20)}'`)
    const length = integerOf(line)
    if (length === undefined || length < 0 || length > this.limits.maxBulkBytes) throw violation('invalid bulk length')
    if (this.isStranger && length > STRANGERS.maxBulkBytes) throw violation('unauthenticated bulk length')
    // What is announced is refused before it comes.
    if (this.taken + length + PART_BYTES > this.limits.maxRequestBytes) throw violation('too big request')
    this.length = length
    return true
  }

  private readPart(): boolean {
    const run = this.reader.readRun(this.length + 2)
    if (run === undefined) return false
    this.parts.push(run.subarray(0, this.length))
    this.taken += this.length + PART_BYTES
    this.length = -1
    if (--this.missing === 0) {
      const parts = this.parts
      this.parts = []
      this.taken = 0
      this.options.onCommand(parts)
    }
    return true
  }
}

/** The number after the first byte of a header line; `undefined` when it is none. */
function integerOf(line: Uint8Array): number | undefined {
  const isNegative = line[1] === MINUS
  const first = isNegative ? 2 : 1
  const digits = line.length - first
  if (digits < 1 || digits > 15) return undefined
  let value = 0
  for (let at = first; at < line.length; at++) {
    const digit = line[at]! - 0x30
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return isNegative ? -value : value
}

function violation(what: string): CacheSerializationError {
  return new CacheSerializationError(`Protocol error: ${what}`, { code: 'PROTOCOL' })
}
