/**
 * Payloads under AES-256-GCM, so that whoever reads a node's memory or its network learns nothing but lengths, and whoever
 * writes there cannot make up a value, nor lay one under another key, give it another life or take its tags: the physical
 * key and all of the envelope that precedes the payload are authenticated along with it.
 *
 *   0            u8 length of the key's id, then the id in UTF-8
 *   …            16 bytes salt, 12 bytes nonce, the ciphertext, 16 bytes tag
 *
 * **Nonces.** GCM is broken by a nonce that is used twice under a key, and random ones of 96 bits may be drawn 2^32 times
 * at most (NIST SP 800-38D, 8.3): less than a day of a busy cache. So no value is encrypted under the key itself. Each
 * client draws a salt of 128 bits and encrypts under HKDF-SHA-256(key, salt), and draws another salt after 2^24 values; nonces
 * are random under that. The odds that one salt ever repeats a nonce are below 2^-49, and the number of values that a key
 * may protect is bounded by its salts, 2^64 of which are needed before two are likely to be equal.
 *
 * Knows neither codecs nor nodes.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomFillSync } from 'node:crypto'
import { checkKnownOptions, quoted } from '@mtaio/core/engine'
import { CacheConfigError } from '@mtaio/exceptions'

/** A secret, and the name by which values say that they need it. */
export interface EncryptionKey {
  /** 1–32 bytes of UTF-8; it is written beside every value, in the clear. */
  readonly id: string
  /** 32 bytes, or their base64: `openssl rand -base64 32`. */
  readonly key: Uint8Array | string
}

/** How values are encrypted. */
export interface EncryptionOptions {
  /** The first encrypts; all of them decrypt. At least one, each id once. */
  keys: readonly EncryptionKey[]
  /**
   * Whether values that are not encrypted are read, too: only while encryption is being switched on, for until then whoever
   * writes to a node can make up values. @defaultValue false
   */
  acceptPlain?: boolean | undefined
}

const SALT = 16
const NONCE = 12
const TAG = 16
const MOST_ID_BYTES = 32
const MOST_VALUES_A_SALT = 2 ** 24
/** Keys derived for the salts of other clients, at most; beyond, the oldest is derived anew. */
const MOST_DERIVED = 1024
const PURPOSE = 'mtaio/envelope/1'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export class Encryption {
  readonly acceptPlain: boolean
  private readonly keys = new Map<string, Uint8Array>()
  private readonly derived = new Map<string, Uint8Array>()
  /** Id and salt, as they stand before every value. */
  private head: Uint8Array
  private current: Uint8Array
  private encrypted = 0
  private readonly firstId: string

  /** @throws CacheConfigError naming what is wrong, never a secret */
  constructor(options: EncryptionOptions) {
    checkKnownOptions(options, ['keys', 'acceptPlain'], 'encryption')
    const { keys, acceptPlain = false } = options
    if (!Array.isArray(keys) || keys.length === 0) {
      throw new CacheConfigError('encryption.keys must be a non-empty array of { id, key }')
    }
    for (const { id, key } of keys as readonly EncryptionKey[]) {
      const name = checkId(id)
      if (this.keys.has(name)) throw new CacheConfigError(`encryption.keys names ${quoted(id)} twice`)
      this.keys.set(name, secretOf(id, key))
    }
    this.acceptPlain = acceptPlain
    this.firstId = (keys as readonly EncryptionKey[])[0]!.id
    this.head = this.newHead()
    this.current = this.derive(this.firstId, this.head.subarray(this.head.length - SALT))
  }

  /** @param context - what is authenticated along with the payload */
  encrypt(payload: Uint8Array, context: Uint8Array): Uint8Array {
    if (this.encrypted++ >= MOST_VALUES_A_SALT) {
      this.head = this.newHead()
      this.current = this.derive(this.firstId, this.head.subarray(this.head.length - SALT))
      this.encrypted = 1
    }
    const { head } = this
    const bytes = new Uint8Array(head.length + NONCE + payload.length + TAG)
    bytes.set(head)
    const nonce = randomFillSync(bytes.subarray(head.length, head.length + NONCE))
    const cipher = createCipheriv('aes-256-gcm', this.current, nonce)
    cipher.setAAD(Buffer.concat([context, head]))
    bytes.set(cipher.update(payload), head.length + NONCE)
    cipher.final()
    bytes.set(cipher.getAuthTag(), bytes.length - TAG)
    return bytes
  }

  /** @throws Error when no key fits, or the bytes or their context are not those of `encrypt` */
  decrypt(bytes: Uint8Array, context: Uint8Array): Uint8Array {
    const headLength = 1 + (bytes[0] ?? 0) + SALT
    if (bytes.length < headLength + NONCE + TAG) throw new Error('the encrypted value is cut short')
    const head = bytes.subarray(0, headLength)
    const id = decoder.decode(head.subarray(1, headLength - SALT))
    const key = this.derive(id, head.subarray(headLength - SALT))
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(headLength, headLength + NONCE), {
      authTagLength: TAG,
    })
    decipher.setAAD(Buffer.concat([context, head]))
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG))
    const plain = decipher.update(bytes.subarray(headLength + NONCE, bytes.length - TAG))
    try {
      decipher.final()
    } catch {
      throw new Error(
        `it was forged, damaged, moved from another key, or encrypted with another key called ${quoted(id)}`,
      )
    }
    return new Uint8Array(plain.buffer, plain.byteOffset, plain.length)
  }

  private newHead(): Uint8Array {
    const id = encoder.encode(this.firstId)
    const head = new Uint8Array(1 + id.length + SALT)
    head[0] = id.length
    head.set(id, 1)
    randomFillSync(head, 1 + id.length)
    return head
  }

  private derive(id: string, salt: Uint8Array): Uint8Array {
    const secret = this.keys.get(id)
    if (secret === undefined) {
      throw new Error(`it is encrypted with the key ${quoted(id)}, which this client lacks: add it to encryption.keys`)
    }
    const name = `${id}:${Buffer.from(salt).toString('latin1')}`
    let key = this.derived.get(name)
    if (key === undefined) {
      key = new Uint8Array(hkdfSync('sha256', secret, salt, PURPOSE, 32))
      this.derived.set(name, key)
      if (this.derived.size > MOST_DERIVED) this.derived.delete(this.derived.keys().next().value!)
    }
    return key
  }
}

function checkId(id: unknown): string {
  const length = typeof id === 'string' ? encoder.encode(id).length : 0
  if (length >= 1 && length <= MOST_ID_BYTES) return id as string
  throw new CacheConfigError(
    `the id of an encryption key must be text of 1 to ${MOST_ID_BYTES} bytes, not ${quoted(id)}`,
  )
}

function secretOf(id: string, key: unknown): Uint8Array {
  const bytes = typeof key === 'string' ? Buffer.from(key, 'base64') : key
  if (bytes instanceof Uint8Array && bytes.length === 32) return Uint8Array.from(bytes)
  throw new CacheConfigError(`the encryption key ${quoted(id)} must have 32 bytes, or be their base64`)
}
