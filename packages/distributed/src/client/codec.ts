/**
 * Users' values as bytes and back. Bytes and strings go raw, everything else by the codec; the number in the envelope says
 * which, so that a reader needs no settings to read them. Knows no key's meaning and no version.
 */
import { CacheConfigError, CacheSerializationError, CacheValueError } from '@mtaio/exceptions'
import { Packr } from 'msgpackr'
import { checkPlain, isWellFormed } from './plain-values.js'

/** A codec of the user's own. What `decode` throws becomes a `CacheSerializationError`. */
export interface Codec {
  encode(value: unknown): Uint8Array
  decode(bytes: Uint8Array): unknown
}

/** `'msgpack'`: MessagePack with structured-clone types. `'json'`: readable everywhere, JSON's types only. */
export type CodecChoice = 'msgpack' | 'json' | Codec

/** A value on its way: the codec's number in the envelope, and the bytes. */
export interface Encoded {
  readonly codec: number
  readonly payload: Uint8Array
}

const RAW_BYTES = 0
const TEXT = 1
const MSGPACK = 2
const JSON_TEXT = 3
const CUSTOM = 15

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class ValueCodec {
  // Bytes within a value are copied, too: a window on a network buffer would pin it, and let a user write into it.
  private readonly packr = new Packr({ structuredClone: true, moreTypes: true, copyBuffers: true })

  constructor(
    private readonly choice: CodecChoice,
    /** Bytes of an encoded value at most. */
    private readonly maxBytes: number,
  ) {
    const known = choice === 'msgpack' || choice === 'json'
    if (known || (typeof choice?.encode === 'function' && typeof choice.decode === 'function')) return
    throw new CacheConfigError("codec must be 'msgpack', 'json' or an object with encode and decode")
  }

  /**
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

  /** @throws CacheSerializationError naming the key when the bytes are not what their codec writes */
  decode(key: string, codec: number, payload: Uint8Array): unknown {
    try {
      // A copy: what a user gets must not be a window on a network buffer.
      if (codec === RAW_BYTES) return payload.slice()
      if (codec === TEXT) return decoder.decode(payload)
      if (codec === MSGPACK) return this.packr.unpack(payload)
      if (codec === JSON_TEXT) return JSON.parse(decoder.decode(payload))
      if (codec === CUSTOM && typeof this.choice === 'object') return this.choice.decode(payload)
    } catch (cause) {
      throw new CacheSerializationError(`the value of '${key}' could not be decoded: delete the key or set it anew`, {
        key,
        cause,
      })
    }
    throw new CacheSerializationError(
      `the value of '${key}' was written with ${codec === CUSTOM ? 'a codec of its own' : `codec ${codec}`}, which this client lacks: give it the same codec option`,
      { key },
    )
  }

  private encodeAny(key: string, value: unknown): Encoded {
    if (typeof value === 'function' || typeof value === 'symbol') {
      throw new CacheSerializationError(
        `the value of '${key}' is a ${typeof value}, which no other process can be given`,
        {
          key,
        },
      )
    }
    try {
      if (typeof this.choice === 'object') {
        const payload = this.choice.encode(value)
        if (!(payload instanceof Uint8Array))
          throw new TypeError('the codec option answered something other than bytes')
        return { codec: CUSTOM, payload }
      }
      // A Buffer comes back as a Uint8Array, as from every structured clone.
      if (value instanceof Uint8Array) return { codec: RAW_BYTES, payload: value.slice() }
      // UTF-8 has no lone surrogates; JSON escapes them.
      if (typeof value === 'string' && isWellFormed(value)) return { codec: TEXT, payload: encoder.encode(value) }
      if (typeof value === 'string' || this.choice === 'json')
        return { codec: JSON_TEXT, payload: encoder.encode(toJson(value)) }
      checkPlain(value)
      return { codec: MSGPACK, payload: this.packr.pack(value) }
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new CacheSerializationError(`the value of '${key}' could not be encoded (${why}): store plain values`, {
        key,
        cause,
      })
    }
  }
}

function toJson(value: unknown): string {
  const text = JSON.stringify(value)
  if (text === undefined) throw new TypeError(`JSON has no form for a ${typeof value}`)
  return text
}
