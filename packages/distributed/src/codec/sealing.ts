/** Records sealed for the nodes and opened again: encryption bound to the place where the record lies and to all that the envelope says of it. */
import { CacheSerializationError } from '@mtaio/exceptions'
import { envelopeHead } from '../record/envelope.js'
import type { WireRecord } from '../record/wire-record.js'
import { putWord } from '../record/words.js'
import { Encryption, type EncryptionOptions } from './encryption.js'

const encoder = new TextEncoder()

export class Sealing {
  private readonly encryption: Encryption | undefined

  /** @throws CacheConfigError naming what is wrong with the keys */
  constructor(options: EncryptionOptions | undefined) {
    this.encryption = options && new Encryption(options)
  }

  /** Whether a record that is not encrypted is believed. */
  get acceptsPlain(): boolean {
    return this.encryption === undefined || this.encryption.acceptPlain
  }

  /** The record as it may lie on a node under that physical key. Deletions carry nothing and stay as they are. */
  seal(physical: string, record: WireRecord): WireRecord {
    if (this.encryption === undefined || record.tombstone) return record
    const sealed = { ...record, encrypted: true }
    return { ...sealed, payload: this.encryption.encrypt(record.payload, contextOf(physical, sealed)) }
  }

  /** @throws CacheSerializationError naming the key, when the record was not sealed so or the key for it is not there */
  open(key: string, physical: string, record: WireRecord): WireRecord {
    const { encryption } = this
    if (!record.encrypted) {
      if (this.acceptsPlain || record.tombstone) return record
      throw refused(
        key,
        'is not encrypted: somebody without the keys wrote it; set encryption.acceptPlain while keys are being rolled out',
      )
    }
    if (encryption === undefined) throw refused(key, 'is encrypted: give this client the encryption option')
    try {
      const payload = encryption.decrypt(record.payload, contextOf(physical, record))
      return { ...record, encrypted: false, payload }
    } catch (cause) {
      throw refused(key, `could not be decrypted (${(cause as Error).message})`, cause)
    }
  }
}

/** The physical key, with its length in front, and the envelope up to the payload. */
function contextOf(physical: string, record: WireRecord): Uint8Array {
  const key = encoder.encode(physical)
  const head = envelopeHead(record)
  const context = new Uint8Array(4 + key.length + head.length)
  putWord(context, 0, key.length)
  context.set(key, 4)
  context.set(head, 4 + key.length)
  return context
}

function refused(key: string, why: string, cause?: unknown): CacheSerializationError {
  return new CacheSerializationError(`the value of '${key}' ${why}`, { key, cause })
}
