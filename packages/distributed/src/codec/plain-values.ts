/**
 * What MessagePack brings back as it was, and what it would silently bring back as something else: a function as
 * `undefined`, a promise as `{}`, half of a surrogate pair as another character. Knows no codec.
 */

import { MAX_CONTAINERS, MAX_DEPTH } from './msgpack-bytes.js'

/**
 * Looks through a value, however nested. Own properties only, as the encoder does; class instances pass as the plain
 * objects that they become. O(size of the value).
 *
 * @throws TypeError saying what cannot be brought back
 */
export function checkPlain(value: unknown): void {
  look(value, undefined, 0)
}

function look(value: unknown, seen: Set<object> | undefined, depth: number): Set<object> | undefined {
  switch (typeof value) {
    case 'string':
      if (!isWellFormed(value)) throw new TypeError('a text within it has half of a surrogate pair')
      return seen
    case 'function':
    case 'symbol':
      throw new TypeError(`a ${typeof value} within it cannot be given to another process`)
    case 'object':
      return value === null ? seen : lookInto(value, seen, depth + 1)
    default:
      return seen
  }
}

function lookInto(value: object, known: Set<object> | undefined, depth: number): Set<object> | undefined {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return known
  if (depth > MAX_DEPTH) throw new TypeError(`it is nested more than ${MAX_DEPTH} deep`)
  let seen: Set<object> | undefined = known ?? new Set()
  if (seen.has(value)) return seen
  seen.add(value)
  if (seen.size > MAX_CONTAINERS) throw new TypeError(`it has more than ${MAX_CONTAINERS} objects and arrays`)
  if (Array.isArray(value) || value instanceof Set) {
    for (const each of value) seen = look(each, seen, depth)
    return seen
  }
  if (value instanceof Map) {
    for (const [key, each] of value) seen = look(each, look(key, seen, depth), depth)
    return seen
  }
  if (value instanceof Date || value instanceof RegExp) return seen
  if (value instanceof Error) {
    const { name, message, cause } = value as { name: unknown; message: unknown; cause?: unknown }
    if (typeof name !== 'string' || typeof message !== 'string' || name in Object.prototype) {
      throw new TypeError('an error within it has a name or a message that cannot be brought back')
    }
    return look(cause, seen, depth)
  }
  const opaque = OPAQUE.find((type) => value instanceof type)
  if (opaque !== undefined) throw new TypeError(`a ${opaque.name} within it would come back empty`)
  // The encoder asks instances of classes, and only those, what they want to be.
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function' && value.constructor !== Object) return look(toJSON.call(value), seen, depth)
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw new TypeError("a property within it is called '__proto__'")
    seen = look((value as Record<string, unknown>)[key], look(key, seen, depth), depth)
  }
  return seen
}

const OPAQUE = [Promise, WeakMap, WeakSet, WeakRef, Number, String, Boolean] as const

/** Whether every surrogate of a string has its partner, so that UTF-8 can carry it. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}
