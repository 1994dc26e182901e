/**
 * How much memory an entry takes, by estimate: no runtime tells. The sizes are those of V8 on 64 bits as Node is built.
 * Pure; knows no cache.
 *
 * Intuition. A value is a tree of nodes, and of a large one most nodes are alike, so a part speaks for the whole. Each
 * node has an allowance of nodes that may be looked at below it. It is shared evenly among the children, what one leaves
 * over goes to the next, and where it does not suffice for all of them, some stand for the others.
 */

/** What an entry takes beside key and value: its columns, its place in the index, in the wheel and in the policy. */
const ENTRY = 72
/** Nodes that are looked at, roughly. */
const ALLOWANCE = 200
/** Elements of an array, Map or Set that are looked at, and properties of an object. */
const MOST_ELEMENTS = 16
const MOST_PROPERTIES = 64
/** For what cannot be looked into. */
const OPAQUE = 64
const VIEW = 192

/** V8 has no one-byte text match it, and knows so without reading the text. */
const WIDE = /[^\0-\xff]/

/**
 * The bytes that an entry takes, estimated: a positive integer.
 *
 * Cost: about 200 nodes of the value at most, some microseconds; the names of an object's own properties are listed whole.
 * Calls none of the value's getters; a Proxy's traps for listing and describing properties, if there are any. Never throws.
 *
 * Error: within a few percent for text, bytes and records that are alike, within a quarter for most else; not seen are
 * private fields, what closures hold, and strings shared between values, which count for each. Of a Map or Set only the
 * first elements are looked at. `docs/memory.md` has measurements.
 */
export function sizeOf(key: string, value: unknown): number {
  const total = Math.round(ENTRY + sizeOfString(key) + (sizeOfLeaf(value) ?? sizeOfTree(value as object)))
  // A class may say of its `byteLength` what it likes.
  return total > ENTRY ? Math.min(total, Number.MAX_SAFE_INTEGER) : ENTRY
}

function sizeOfString({ length }: string, isWide = false): number {
  // Shorter ones the runtime has once for all.
  return length < 2 ? 0 : 16 + roundUp(isWide ? 2 * length : length)
}

const roundUp = (bytes: number): number => Math.ceil(bytes / 8) * 8

/** What a value takes beside the word that refers to it; `undefined` for an object. */
function sizeOfLeaf(value: unknown): number | undefined {
  switch (typeof value) {
    case 'string':
      return sizeOfString(value, WIDE.test(value))
    case 'number':
      return Object.is(value, value | 0) ? 0 : 16
    case 'bigint':
      return 16 + roundUp(value.toString(16).length / 2)
    case 'function':
    case 'symbol':
      return OPAQUE
    case 'object':
      if (value !== null) return undefined
  }
  return 0
}

function sizeOfTree(root: object): number {
  const seen = new Set<unknown>()
  let visited = 0
  let bytes = 0

  const sizeOfNode = (node: unknown, allowance: number, isBoxed = true): number => {
    let size = isBoxed || typeof node !== 'number' ? sizeOfLeaf(node) : 0
    if (size === undefined) {
      if (seen.has(node)) return 0
      if (allowance < 1) return bytes / visited
      seen.add(node)
      visited++
      try {
        return sizeOfObject(node as object, allowance)
      } catch {
        size = OPAQUE
      }
    } else visited++
    bytes += size
    return size
  }

  const sizeOfObject = (node: object, allowance: number): number => {
    if (ArrayBuffer.isView(node) || node instanceof ArrayBuffer) {
      bytes += VIEW
      return VIEW + node.byteLength
    }
    const isArray = Array.isArray(node)
    const isMap = node instanceof Map
    let of: object = node
    let names: string[] | undefined
    let count: number
    let own: number
    if (isArray) {
      count = node.length >>> 0
      own = count > 0 ? 48 : 32
    } else if (isMap || node instanceof Set) {
      const elements: unknown[] = []
      const pairs = (isMap ? Map : Set).prototype.entries.call(node as never)
      for (const pair of pairs) if (elements.push(...(isMap ? pair : [pair[0]])) >= MOST_ELEMENTS) break
      of = elements
      count = (node.size >>> 0) * (isMap ? 2 : 1)
      // A hash table whose room for entries is a power of two.
      own = 72 + 2 ** Math.ceil(Math.log2(Math.max(4, node.size >>> 0))) * (isMap ? 28 : 20)
    } else {
      names = Object.keys(node)
      count = names.length
      own = 24 + (node instanceof Date ? 88 : node instanceof Error ? 800 : node instanceof RegExp ? OPAQUE : 0)
    }
    bytes += own
    const elements = of === node ? count : (of as unknown[]).length
    const taken = Math.min(elements, names === undefined ? MOST_ELEMENTS : MOST_PROPERTIES, Math.ceil(allowance))
    const end = visited + allowance - 1
    // Where not all are taken, it is not the same ones in every node.
    const phase = (visited * 0.618) % 1
    let inside = 0
    for (let i = 0; i < taken; i++) {
      const at = Math.floor(((i + phase) * elements) / taken)
      const property = Object.getOwnPropertyDescriptor(of, names?.[at] ?? at)
      // Of an array that has holes, one is as likely to be in the part that was not looked at.
      if (property === undefined) continue
      inside += (of === node ? 8 : 0) + sizeOfNode(property.value, (end - visited) / (taken - i), !isArray)
    }
    return own + (taken && (inside * count) / taken)
  }

  return sizeOfNode(root, ALLOWANCE)
}
