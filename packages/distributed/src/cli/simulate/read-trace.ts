/** Reads a trace line by line, from a file or the standard input, gzipped or not. Only its requests stay in memory. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CacheConfigError } from '@mtaio/exceptions'
import { type Requests, RequestsBuilder } from '@mtaio/policies/simulator'
import { type LineFormat, lineReader } from './request-line.js'

/** What stands for the standard input. */
export const STDIN = '-'

/** A line longer than this is no request. */
const MAX_LINE = 1 << 20
const NEWLINE = 0x0a
const RETURN = 0x0d
const CHUNK = 1 << 18

/** Other ways to pack a file, by how it begins, and what unpacks them. */
const PACKED: readonly [begins: readonly number[], unpacker: string][] = [
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd -dc'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'xz -dc'],
  [[0x42, 0x5a, 0x68], 'bzip2 -dc'],
  [[0x50, 0x4b, 0x03, 0x04], 'unzip -p'],
]

/** Is told how many bytes have been read, of how many, where that is known. */
export type BytesRead = (done: number, total: number | undefined) => void

/**
 * @param source - a file, or `-`
 * @throws CacheConfigError naming the file, the line where one is to blame, and the way out
 */
export async function readTrace(source: string, format: LineFormat, onRead?: BytesRead): Promise<Requests> {
  const name = nameOf(source)
  const lines = new Lines(name, format)
  try {
    const total = source === STDIN ? undefined : (await stat(source)).size
    for await (const chunk of unpacked(await begun(source, total, onRead), name)) lines.take(chunk)
  } catch (error) {
    throw error instanceof CacheConfigError ? error : unreadable(name, error)
  }
  return lines.end()
}

/** How a source is called in messages and tables. */
export function nameOf(source: string): string {
  return source === STDIN ? 'stdin' : source
}

interface Begun {
  /** As many bytes as it takes to tell how it is packed, fewer where there are not as many. */
  readonly head: Buffer
  readonly rest: AsyncIterable<Buffer>
}

async function begun(source: string, total: number | undefined, onRead: BytesRead | undefined): Promise<Begun> {
  const stream = source === STDIN ? process.stdin : createReadStream(source, { highWaterMark: CHUNK })
  let done = 0
  const rest = (async function* () {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      done += chunk.length
      onRead?.(done, total)
      yield chunk
    }
  })()
  let head = Buffer.alloc(0)
  while (head.length < 5) {
    const next = await rest.next()
    if (next.done === true) break
    head = head.length === 0 ? Buffer.from(next.value) : Buffer.concat([head, next.value])
  }
  return { head, rest }
}

function unpacked({ head, rest }: Begun, name: string): AsyncIterable<Buffer> {
  const packed = PACKED.find(([begins]) => begins.every((byte, at) => head[at] === byte))
  if (packed !== undefined) {
    throw new CacheConfigError(`${name} is packed in a way that is not read here: ${packed[1]} … | mtaio simulate -`)
  }
  const whole = (async function* () {
    if (head.length > 0) yield head
    yield* rest
  })()
  if (head[0] !== 0x1f || head[1] !== 0x8b) return whole
  // The pipeline hands an error of any part on to the last, where it is thrown.
  return pipeline(Readable.from(whole), createGunzip({ chunkSize: CHUNK }), () => undefined)
}

/** Cuts chunks into lines. A blank one says nothing. */
class Lines {
  private readonly builder = new RequestsBuilder()
  private readonly read: ReturnType<typeof lineReader>
  private line = 0
  /** The start of a line whose end is in a chunk to come. */
  private open = Buffer.alloc(0)

  constructor(
    private readonly name: string,
    format: LineFormat,
  ) {
    this.read = lineReader(format)
  }

  take(chunk: Buffer): void {
    let from = 0
    let end = chunk.indexOf(NEWLINE)
    if (this.open.length > 0) {
      this.open = Buffer.concat([this.open, end < 0 ? chunk : chunk.subarray(0, end)])
      this.checkLength(this.open.length)
      if (end < 0) return
      this.request(this.open, 0, this.open.length)
      from = end + 1
      end = chunk.indexOf(NEWLINE, from)
    }
    for (; end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.request(chunk, from, end)
      from = end + 1
    }
    this.checkLength(chunk.length - from)
    this.open = Buffer.from(chunk.subarray(from))
  }

  end(): Requests {
    if (this.open.length > 0) this.request(this.open, 0, this.open.length)
    if (this.builder.size > 0) return this.builder.build()
    throw new CacheConfigError(`${this.name} has no requests: a trace has one key a line`)
  }

  private request(bytes: Buffer, from: number, end: number): void {
    this.line++
    const to = end > from && bytes[end - 1] === RETURN ? end - 1 : end
    if (to === from) return
    // Where text goes on, a zero byte never is; a look at the first lines tells a file that is no text.
    if (this.line <= 100 && bytes.subarray(from, to).includes(0)) this.fail('it is no text')
    try {
      this.read(bytes, from, to, this.builder)
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error))
    }
  }

  private checkLength(length: number): void {
    if (length <= MAX_LINE) return
    this.line++
    this.fail(`it is longer than ${MAX_LINE} bytes: a trace has one request a line`)
  }

  private fail(why: string): never {
    throw new CacheConfigError(`${this.name}, line ${this.line}: ${why}`)
  }
}

function unreadable(name: string, cause: unknown): CacheConfigError {
  const { code, message } = cause as NodeJS.ErrnoException
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file; - reads from the standard input',
    EISDIR: 'it is a folder: name the files in it',
    EACCES: 'this user may not read it',
    Z_BUF_ERROR: 'its gzip ends too early: was it copied whole?',
    Z_DATA_ERROR: `its gzip is damaged (${message})`,
  }
  return new CacheConfigError(`${name} cannot be read: ${reasons[code ?? ''] ?? message}`, { cause })
}
