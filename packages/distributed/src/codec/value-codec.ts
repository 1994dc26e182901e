/**
 * Users' values as bytes and back. Bytes, texts and numbers go raw, everything else by the codec; the envelope says which, and
 * whether the payload was compressed and encrypted, so that a reader needs settings only for what is its own: codecs of
 * the user's, and keys. Knows no key's meaning and no version.
 */
import { CacheConfigError, CacheSerializationError, CacheValueError } from '@mtaio/exceptions'
import { Packr } from 'msgpackr'
import type { WireRecord } from '../record/wire-record.js'
import { Compression, type CompressionOptions, decompress } from './compression.js'
import { fromJson, toJson } from './json-text.js'
import { isAscii, latin1At, latin1Bytes } from './latin1-text.js'
import { checkMsgpack } from './msgpack-bytes.js'
import { checkPlain, isWellFormed } from './plain-values.js'

/** A codec of the user's own. What it throws becomes a `CacheSerializationError`. */
export interface Codec {
  /** By which envelopes name it: an integer from 8 to 15, the same in every client for ever. @defaultValue 15 */
  readonly id?: number | undefined
  encode(value: unknown): Uint8Array
  /** The bytes are its own to keep. */
  decode(bytes: Uint8Array): unknown
}

/** `'msgpack'`: MessagePack with structured-clone types. `'json'`: readable everywhere, JSON's types only. */
export type CodecChoice = 'msgpack' | 'json' | Codec

/** How values become payloads. */
export interface CodecOptions {
  /** The first writes. Of users' codecs, all read; those of the package are always read. */
  readonly codecs: readonly CodecChoice[]
  /** Bytes of an encoded value at most, before compression. */
  readonly maxBytes: number
  readonly compression?: CompressionOptions | undefined
}

/** A value on its way: which codec wrote the payload, and whether it was compressed then. */
export type Encoded = Pick<WireRecord, 'codec' | 'compressed' | 'payload'>

const RAW_BYTES = 0
const TEXT = 1
const MSGPACK = 2
const JSON_TEXT = 3
const NUMBER = 4
const LATIN1 = 5
const FIRST_OWN = 8
const LAST_OWN = 15

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class ValueCodec {
  // Bytes within a value are copied, too: a window on a network buffer would pin it, and let a user write into it.
  private readonly packr = new Packr({ structuredClone: true, moreTypes: true, copyBuffers: true })
  private readonly writer: CodecChoice
  private readonly own = new Map<number, Codec>()
  private readonly maxBytes: number
  private readonly compression: Compression | undefined
  private readonly shrinking = new Map<string, Promise<Encoded>>()

  /** @throws CacheConfigError for what is no codec, or an id that is taken */
  constructor({ codecs, maxBytes, compression }: CodecOptions) {
    if (codecs.length === 0) throw new CacheConfigError('codec is an empty array: name at least one')
    for (const choice of codecs) {
      if (choice === 'msgpack' || choice === 'json') continue
      if (typeof choice?.encode !== 'function' || typeof choice.decode !== 'function') {
        throw new CacheConfigError("codec must be 'msgpack', 'json' or an object with encode and decode, or several")
      }
      const { id = LAST_OWN } = choice
      if (!Number.isInteger(id) || id < FIRST_OWN || id > LAST_OWN) {
        throw new CacheConfigError(`the id of a codec must be an integer from ${FIRST_OWN} to ${LAST_OWN}, not ${id}`)
      }
      if (this.own.has(id)) throw new CacheConfigError(`two codecs have the id ${id}: values could not tell them apart`)
      this.own.set(id, choice)
    }
    this.writer = codecs[0]!
    this.maxBytes = maxBytes
    this.compression = compression && new Compression(compression)
  }

  /**
   * The value as it is now, in bytes.
   *
   * @throws CacheSerializationError when the value cannot be encoded faithfully; CacheValueError when it is over
   * `maxValueBytes`
   */
  encode(key: string, value: unknown): Encoded {
    const encoded = this.encodeAny(key, value)
    if (encoded.payload.length <= this.maxBytes) return encoded
    throw new CacheValueError(
      `the value of '${key}' has ${encoded.payload.length} bytes when encoded; at most ${this.maxBytes} are stored: raise maxValueBytes, or store less`,
      { key },
    )
  }

  /**
   * A promise of the same compressed, or of itself where that would gain nothing. `undefined` where nothing is to be done
   * and nothing to be waited for: of two values for one place, the later one does not come out first.
   */
  shrink(place: string, encoded: Encoded): Promise<Encoded> | undefined {
    const { compression, shrinking } = this
    const before = shrinking.get(place)
    const isSmall = compression === undefined || encoded.payload.length < compression.threshold
    if (isSmall && before === undefined) return undefined
    const turn = Promise.all([isSmall ? undefined : compression.compress(encoded.payload), before]).then(
      ([payload]) => {
        if (shrinking.get(place) === turn) shrinking.delete(place)
        return payload === undefined ? encoded : { codec: encoded.codec, compressed: true, payload }
      },
    )
    shrinking.set(place, turn)
    return turn
  }

  /** Once what is being compressed for a place is done. */
  async shrunk(place: string): Promise<void> {
    await this.shrinking.get(place)
  }

  /** The value; a promise of it where it has to be inflated. @throws CacheSerializationError naming the key when the bytes are not what their codec writes */
  decode(key: string, { codec, compressed, payload }: Encoded): unknown {
    return compressed ? this.inflated(key, codec, payload) : this.decodeAny(key, codec, payload)
  }

  /** The same of a payload that is not compressed, where it lies: from `start` to `end`. What is answered holds no part of `bytes`. */
  decodeAt(key: string, codec: number, bytes: Uint8Array, start: number, end: number): unknown {
    if (codec === LATIN1) return latin1At(bytes, start, end)
    return this.decodeAny(key, codec, new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start))
  }

  private async inflated(key: string, codec: number, payload: Uint8Array): Promise<unknown> {
    const inflated = await decompress(payload, this.maxBytes).catch((cause: unknown) => {
      throw undecodable(key, cause)
    })
    return this.decodeAny(key, codec, inflated)
  }

  private decodeAny(key: string, codec: number, payload: Uint8Array): unknown {
    let own: Codec | undefined
    try {
      // A copy: what a user gets must not be a window on a network buffer.
      if (codec === RAW_BYTES) return payload.slice()
      if (codec === LATIN1) return latin1At(payload, 0, payload.length)
      if (codec === TEXT) return decoder.decode(payload)
      if (codec === NUMBER) return numberOf(payload)
      if (codec === MSGPACK) {
        checkMsgpack(payload)
        return this.packr.unpack(payload)
      }
      if (codec === JSON_TEXT) return fromJson(decoder.decode(payload))
      own = this.own.get(codec)
      if (own !== undefined) return own.decode(payload.slice())
    } catch (cause) {
      throw undecodable(key, cause)
    }
    const what = codec >= FIRST_OWN ? `a codec of the id ${codec}` : `codec ${codec} of a newer mtaio`
    throw new CacheSerializationError(
      `the value of '${key}' was written with ${what}, which this client lacks: ${codec >= FIRST_OWN ? 'add that one to its codec option' : 'upgrade it'}`,
      { key },
    )
  }

  private encodeAny(key: string, value: unknown): Encoded {
    if (typeof value === 'function' || typeof value === 'symbol') {
      throw new CacheSerializationError(
        `the value of '${key}' is a ${typeof value}, which no other process can be given`,
        { key },
      )
    }
    const { writer } = this
    try {
      if (typeof writer === 'object') {
        const payload = writer.encode(value)
        if (!(payload instanceof Uint8Array))
          throw new TypeError('the codec option answered something other than bytes')
        return plain(writer.id ?? LAST_OWN, payload)
      }
      // A Buffer comes back as a Uint8Array, as from every structured clone.
      if (value instanceof Uint8Array) return plain(RAW_BYTES, Uint8Array.prototype.slice.call(value))
      if (typeof value === 'number') return plain(NUMBER, bytesOf(value))
      if (typeof value === 'string' && isAscii(value)) return plain(LATIN1, latin1Bytes(value))
      // UTF-8 has no lone surrogates; JSON escapes them.
      if (typeof value === 'string' && isWellFormed(value)) return plain(TEXT, encoder.encode(value))
      if (typeof value === 'string' || writer === 'json') return plain(JSON_TEXT, encoder.encode(toJson(value)))
      checkPlain(value)
      return plain(MSGPACK, this.packr.pack(value))
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new CacheSerializationError(`the value of '${key}' could not be encoded (${why}): store plain values`, {
        key,
        cause,
      })
    }
  }
}

function plain(codec: number, payload: Uint8Array): Encoded {
  return { codec, compressed: false, payload }
}

function bytesOf(number: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, number)
  return bytes
}

function numberOf(bytes: Uint8Array): number {
  if (bytes.length !== 8) throw new Error('a number has 8 bytes')
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0)
}

function undecodable(key: string, cause: unknown): CacheSerializationError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new CacheSerializationError(
    `the value of '${key}' could not be decoded (${why}): delete the key or set it anew`,
    { key, cause },
  )
}
