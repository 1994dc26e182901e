/** Values of what reads found: from a record, or from the bytes of one where they came in. */
import type { Sealing } from '../codec/sealing.js'
import type { ValueCodec } from '../codec/value-codec.js'
import type { Taker } from '../coordinator/quick-read.js'
import type { ReadResult } from '../coordinator/read-request.js'
import type { WireRecord } from '../record/wire-record.js'
import type { Found } from './found.js'

export class StoredValues<T> {
  /** Whether what is stored in the clear is believed. */
  readonly arePlain: boolean

  constructor(
    private readonly codec: ValueCodec,
    private readonly sealing: Sealing,
  ) {
    this.arePlain = sealing.acceptsPlain
  }

  /** A promise of it where it has to be inflated. */
  of(key: string, physical: string, sealed: WireRecord): T | Promise<T> {
    return this.codec.decode(key, this.sealing.open(key, physical, sealed)) as T | Promise<T>
  }

  at(key: string, codec: number, bytes: Uint8Array, start: number, end: number): T {
    return this.codec.decodeAt(key, codec, bytes, start, end) as T
  }
}

/** Hands over the value alone. */
export class ValueTaker<T, R> implements Taker<R> {
  constructor(
    private readonly values: StoredValues<T>,
    private readonly key: string,
    private readonly physical: string,
    private readonly handOver: (value: T | undefined) => R,
  ) {}

  get takesBytes(): boolean {
    return this.values.arePlain
  }

  take({ record }: ReadResult): R | Promise<R> {
    if (record === undefined) return this.handOver(undefined)
    const value = this.values.of(this.key, this.physical, record)
    return record.compressed ? (value as Promise<T>).then(this.handOver) : this.handOver(value as T)
  }

  takeBytes(codec: number, bytes: Uint8Array, start: number, end: number): R {
    return this.handOver(this.values.at(this.key, codec, bytes, start, end))
  }
}

/** Hands over the value with what the read found. */
export class FoundTaker<T> implements Taker<Found<T>> {
  readonly takesBytes = false

  constructor(
    private readonly values: StoredValues<T>,
    private readonly key: string,
    private readonly physical: string,
  ) {}

  take(result: ReadResult): Found<T> | Promise<Found<T>> {
    const { record } = result
    const value = record && this.values.of(this.key, this.physical, record)
    return record?.compressed
      ? (value as Promise<T>).then((value) => ({ value, result }))
      : { value: value as T, result }
  }

  takeBytes(): never {
    throw new TypeError('takes records only')
  }
}
