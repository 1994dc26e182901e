/**
 * Payloads made smaller, off the main thread: one byte that names the algorithm, the length before compression (32 bits),
 * then what `node:zlib` made of it. The length is bounded before anything is inflated, and inflating stops at it: a few
 * bytes that unfold to gigabytes are refused. Knows no codec.
 */
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { checkInteger, checkKnownOptions, quoted } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'
import { putWord, wordAt } from '../record/words.js'

/** How values are compressed. */
export interface CompressionOptions {
  /** `'deflate'` is quick; `'brotli'` gives smaller values for more time. Readers read both. @defaultValue 'deflate' */
  algorithm?: 'deflate' | 'brotli' | undefined
  /** Encoded values of fewer bytes are left alone. Integer ≥ 1. @defaultValue 1024 */
  threshold?: number | undefined
  /** Effort: 1 (quick) to 9 (small) for deflate, 0 to 11 for brotli. @defaultValue 3 for deflate, 4 for brotli */
  level?: number | undefined
}

const HEAD = 5
const DEFLATE = 1
const BROTLI = 2

const deflate = promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(zlib.deflateRaw)
const inflate = promisify<Uint8Array, zlib.ZlibOptions, Uint8Array>(zlib.inflateRaw)
const brotli = promisify<Uint8Array, zlib.BrotliOptions, Uint8Array>(zlib.brotliCompress)
const unbrotli = promisify<Uint8Array, zlib.BrotliOptions, Uint8Array>(zlib.brotliDecompress)

export class Compression {
  readonly threshold: number
  private readonly algorithm: number
  private readonly level: number

  /** @throws CacheConfigError naming what is out of range */
  constructor(options: CompressionOptions) {
    checkKnownOptions(options, ['algorithm', 'threshold', 'level'], 'compression')
    const { algorithm = 'deflate', threshold = 1024, level = algorithm === 'brotli' ? 4 : 3 } = options
    if (algorithm !== 'deflate' && algorithm !== 'brotli') {
      throw new CacheConfigError(`compression.algorithm must be 'deflate' or 'brotli', not ${quoted(algorithm)}`)
    }
    this.algorithm = algorithm === 'deflate' ? DEFLATE : BROTLI
    this.threshold = checkInteger(threshold, 'compression.threshold', 1)
    const [least, most] = algorithm === 'deflate' ? [1, 9] : [0, 11]
    if (!Number.isInteger(level) || level < least || level > most) {
      throw new CacheConfigError(`compression.level must be an integer from ${least} to ${most} for ${algorithm}`)
    }
    this.level = level
  }

  /** The payload compressed, or `undefined` where that would not make it smaller, or cannot be done. */
  async compress(payload: Uint8Array): Promise<Uint8Array | undefined> {
    const body = await this.body(payload).catch(() => undefined)
    if (body === undefined || body.length + HEAD >= payload.length) return undefined
    const whole = new Uint8Array(HEAD + body.length)
    whole[0] = this.algorithm
    putWord(whole, 1, payload.length)
    whole.set(body, HEAD)
    return whole
  }

  private body(payload: Uint8Array): Promise<Uint8Array> {
    if (this.algorithm === DEFLATE) return deflate(payload, { level: this.level })
    const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants
    return brotli(payload, { params: { [BROTLI_PARAM_QUALITY]: this.level, [BROTLI_PARAM_SIZE_HINT]: payload.length } })
  }
}

/**
 * What `compress` was given.
 *
 * @throws Error when it is not what `compress` writes, or would be over `maxBytes`
 */
export async function decompress(compressed: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const algorithm = compressed[0]
  if (compressed.length < HEAD) throw new Error('the compressed value is cut short')
  const length = wordAt(compressed, 1)
  if (length > maxBytes)
    throw new Error(`it has ${length} bytes when inflated; at most ${maxBytes} are: raise maxValueBytes`)
  const body = compressed.subarray(HEAD)
  const limit = { maxOutputLength: Math.max(1, length) }
  let payload: Uint8Array
  if (algorithm === DEFLATE) payload = await inflate(body, limit)
  else if (algorithm === BROTLI) payload = await unbrotli(body, limit)
  else throw new Error(`it was compressed by algorithm ${algorithm}, which this version lacks: upgrade this client`)
  if (payload.length !== length) throw new Error('the compressed value is not as long as it says')
  // Not a Buffer, whose `slice` is no copy.
  return new Uint8Array(payload.buffer, payload.byteOffset, length)
}
