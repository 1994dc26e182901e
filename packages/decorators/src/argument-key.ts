/**
 * Arguments → a key, injectively: equal keys mean equal arguments, in the sense of `util.isDeepStrictEqual`. Knows no
 * cache and no function.
 *
 * Each value is a type tag and its content; content of free length is preceded by its length, so that no two different
 * lists of values spell the same text. Properties, and the members of maps and sets, are sorted: their order is not
 * part of the value. What cannot be told apart faithfully is refused rather than guessed at.
 */
import { CacheKeyError } from '@mtaio/exceptions'
import { sha256 } from '@noble/hashes/sha2'
import { bytesToHex } from '@noble/hashes/utils'

/** Beyond so many characters an encoding becomes its SHA-256. */
const MAX_READABLE = 512
/** Bounds the work spent on one key. Shared references are written out, so a small graph can spell a huge text. */
const MAX_LENGTH = 1 << 24
const MAX_DEPTH = 256

/**
 * The key under which {@link withCache} keeps the result for these arguments: `namespace:` and their encoding, or its
 * SHA-256 (`#` and 64 hexadecimal digits) when that is longer than 512 characters. Equal arguments give equal keys,
 * different ones different keys: `1` and `'1'`, `undefined` and a missing argument, `0` and `-0`, `{}` and an object
 * without prototype all differ; the order of properties, and of members of maps and sets, does not matter.
 *
 * Takes primitives, arrays, plain objects, `Date`, `Map`, `Set`, `RegExp`, `URL`, `ArrayBuffer`, its views and
 * `Buffer`.
 *
 * @throws CacheKeyError for a function, a symbol, a circular structure, an instance of any other class, and what spells
 *   more than 16 Mi characters
 */
export function argumentKey(namespace: string, args: readonly unknown[]): string {
  return `${namespace}:${encodeArguments(args)}`
}

/** The part of {@link argumentKey} after the namespace. */
export function encodeArguments(args: readonly unknown[]): string {
  let text: string
  try {
    text = new Encoding().values(args)
  } catch (error) {
    if (error instanceof CacheKeyError) throw error
    // A getter or a proxy that throws, or an object that only poses as a Date.
    throw new CacheKeyError(`an argument cannot be read to make a key of it: ${WAY_OUT}`, { cause: error })
  }
  return text.length <= MAX_READABLE ? text : `#${bytesToHex(sha256(new TextEncoder().encode(text)))}`
}

const WAY_OUT = 'pass `key`, a function of the arguments that returns a string'

type Encode<T> = (value: T, encoding: Encoding) => string

/** By exact prototype: a subclass may carry what its parent's encoding does not know. */
const encoders = new Map<object, { encode: Encode<never>; indexed?: boolean }>()

function know<T extends object>(type: { readonly prototype: T }, encode: Encode<T>, indexed = false): void {
  encoders.set(type.prototype, { encode, indexed })
}

know(Date, (date) => `d${date.getTime()};`)
know(RegExp, ({ source, flags, lastIndex }) => `r${text(source)}${text(flags)}${lastIndex};`)
know(URL, ({ href }) => `U${text(href)}`)
know(Map, (map, encoding) =>
  members(
    'm',
    [...map].map(([key, value]) => encoding.value(key) + encoding.value(value)),
  ),
)
know(Set, (set, encoding) =>
  members(
    'S',
    [...set].map((member) => encoding.value(member)),
  ),
)
know(ArrayBuffer, (buffer) => bytes('ArrayBuffer', new Uint8Array(buffer)))
for (const View of [
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
]) {
  know<ArrayBufferView>(View, (view) => bytes(View.name, bytesOf(view)), View !== DataView)
}
// Present under Node.js and its kin only.
if (typeof globalThis.Buffer === 'function') know<Uint8Array>(globalThis.Buffer, (view) => bytes('Buffer', view), true)

class Encoding {
  private readonly ancestors: object[] = []
  private length = 0

  /** A list of values, preceded by its length. */
  values(values: readonly unknown[]): string {
    let spelt = `${values.length};`
    for (const value of values) spelt += this.value(value)
    return spelt
  }

  value(value: unknown): string {
    const before = this.length
    const spelt = this.spell(value)
    // What lies within was counted on the way, so that a text that grows too long is noticed before it is whole.
    this.length = before + spelt.length
    if (this.length > MAX_LENGTH) {
      throw new CacheKeyError(`the arguments spell a key of more than ${MAX_LENGTH} characters: ${WAY_OUT}`)
    }
    return spelt
  }

  private spell(value: unknown): string {
    switch (typeof value) {
      case 'undefined':
        return 'u'
      case 'boolean':
        return value ? 't' : 'f'
      case 'number':
        return Object.is(value, -0) ? 'n-0;' : `n${value};`
      case 'bigint':
        return `i${value};`
      case 'string':
        return text(value)
      case 'object':
        return value === null ? 'l' : this.within(value)
      default:
        throw new CacheKeyError(`a ${typeof value} among the arguments cannot be part of a key: ${WAY_OUT}`)
    }
  }

  private within(value: object): string {
    const { ancestors } = this
    if (ancestors.includes(value)) {
      throw new CacheKeyError(`a circular structure among the arguments cannot be part of a key: ${WAY_OUT}`)
    }
    if (ancestors.length === MAX_DEPTH) {
      throw new CacheKeyError(`an argument is nested deeper than ${MAX_DEPTH} levels: ${WAY_OUT}`)
    }
    ancestors.push(value)
    const spelt = this.object(value)
    ancestors.pop()
    return spelt
  }

  private object(value: object): string {
    if (
      Object.getOwnPropertySymbols(value).some((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol))
    ) {
      throw new CacheKeyError(`a property named by a symbol cannot be part of a key: ${WAY_OUT}`)
    }
    const prototype: object | null = Object.getPrototypeOf(value)
    if (prototype === null || isPlain(prototype)) {
      // An `arguments` object, or a Date that was given another prototype: not what its properties spell.
      const kind = Object.prototype.toString.call(value)
      if (kind !== '[object Object]') throw new CacheKeyError(`${kind} cannot be part of a key: ${WAY_OUT}`)
      return `${prototype === null ? 'z' : 'o'}${this.properties(value)}`
    }
    if (Array.isArray(value) && prototype === Array.prototype) return this.array(value)
    const known = encoders.get(prototype)
    if (known === undefined) {
      throw new CacheKeyError(`an instance of ${className(value)} cannot be part of a key: ${WAY_OUT}`)
    }
    if (!known.indexed && Object.keys(value).length > 0) throw withProperties(className(value))
    return (known.encode as Encode<object>)(value, this)
  }

  private properties(value: object): string {
    const names = Object.keys(value)
    const spelt = names.map((name) => text(name) + this.value((value as Record<string, unknown>)[name]))
    return members('', spelt)
  }

  private array(array: readonly unknown[]): string {
    let spelt = `a${array.length};`
    let next = 0
    // By its keys and not by counting: a hole may be four thousand million wide.
    for (const name of Object.keys(array)) {
      const index = Number(name)
      if (String(index) !== name || index < next || index >= array.length) throw withProperties('Array')
      if (index > next) spelt += `h${index - next};`
      spelt += this.value(array[index])
      next = index + 1
    }
    return next < array.length ? `${spelt}h${array.length - next};` : spelt
  }
}

function text(content: string): string {
  // A lone surrogate has no UTF-8, on the wire as in a digest, and would be taken for another.
  if (LONE_SURROGATE.test(content)) return `x${content.length}:${unitsOf(content)}`
  return `s${content.length}:${content}`
}

const LONE_SURROGATE = /\p{Surrogate}/u

function unitsOf(content: string): string {
  let units = ''
  for (let index = 0; index < content.length; index++) units += content.charCodeAt(index).toString(16).padStart(4, '0')
  return units
}

/** In an order of their own: by UTF-16 units, which no locale changes. */
function members(tag: string, spelt: string[]): string {
  return `${tag}${spelt.length};${spelt.sort().join('')}`
}

function bytes(type: string, content: Uint8Array): string {
  return `y${type}:${content.length};${bytesToHex(content)}`
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

// Objects of another realm, a vm context or a test runner's, are plain too.
function isPlain(prototype: object): boolean {
  return (
    prototype === Object.prototype ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'))
  )
}

function className(value: object): string {
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'an anonymous class'
}

function withProperties(type: string): CacheKeyError {
  return new CacheKeyError(`an instance of ${type} with properties of its own cannot be part of a key: ${WAY_OUT}`)
}
