/**
 * How much memory an entry takes, by estimate: no runtime tells. The sizes are those of V8 on 64 bits as Node is built.
 * Pure; knows no cache.
 *
 * Intuition. A value is a tree of nodes, and of a large one most nodes are alike, so a part speaks for the whole. Each
 * node has an allowance of nodes that may be looked at below it. It is shared evenly among the children, what one leaves
 * over goes to the next, and where it does not suffice for all of them, some stand for the others. One path down goes on
where it is used up: the number of children at each step then tells how large a tree is.
 */

/** What an entry takes beside key and value: its columns, its place in the index, in the wheel and in the policy. */
const ENTRY = 80
/** Nodes that are looked at, roughly, and how deep. */
const ALLOWANCE = 200
const DEEPEST = 16
/** Children of one node that are looked at: elements of an array, Map or Set, or properties. */
const MOST_ELEMENTS = 16
const MOST_PROPERTIES = 64
/** For what cannot be looked into. */
const OPAQUE = 64
const BUFFER = 192

/** V8 has no one-byte text match it, and knows so without reading the text. */
const WIDE = /[^\0-\xff]/

const powerOfTwo = (atLeast: number): number => 2 ** Math.ceil(Math.log2(atLeast))

/**
 * The bytes that an entry takes, estimated: a positive integer.
 *
 * Cost: about 200 nodes of the value at most, some microseconds; only the names of an object's properties are listed
 * whole. None of the value's getters is called, though a Proxy's traps are. Never throws.
 *
 * Error: a few percent for text, bytes and records that are alike, a quarter or so for most else. Not seen are private
 * fields, what closures hold, an object's hidden class that it shares with no other, and that strings are shared: they
 * count for each value. Of a Map or Set only the first elements are looked at. `docs/memory.md` has measurements.
 */
export function sizeOf(key: string, value: unknown): number {
  const total = Math.round(ENTRY + sizeOfLeaf(key)! + (sizeOfLeaf(value) ?? sizeOfTree(value)))
  // A class may say of its `byteLength` what it likes.
  return total > ENTRY && total < 1e15 ? total : ENTRY
}

/** What a value takes beside the word that refers to it; `undefined` for an object. */
function sizeOfLeaf(value: unknown): number | undefined {
  // A header of 16, and what is lost on average by rounding up to words.
  if (typeof value === 'string') return 20 + value.length * (WIDE.test(value) ? 2 : 1)
  if (typeof value === 'number') return Object.is(value, value | 0) ? 0 : 16
  if (typeof value === 'bigint') return 20 + value.toString(16).length / 2
  return Object(value) === value ? undefined : 0
}

function sizeOfTree(root: unknown): number {
  const seen = new Set<unknown>()
  let visited = 0
  let bytes = 0

  /** The node, and what is below it as far as `allowance` nodes tell. */
  const visit = (node: object, allowance: number, depth: number, isElement?: boolean): number => {
    // An array of numbers has them unboxed.
    const leaf = isElement && typeof node === 'number' ? 0 : sizeOfLeaf(node)
    if (leaf !== undefined) {
      visited++
      bytes += leaf
      return leaf
    }
    if (seen.has(node)) return 0
    if (depth > DEEPEST) return bytes / visited
    seen.add(node)
    const end = visited++ + allowance
    try {
      let size = BUFFER
      let children: unknown = node
      let names: string[] | undefined
      /** How many children there are, and how many of them are in `children`. */
      let count = 0
      let known = 0
      if (ArrayBuffer.isView(node) || node instanceof ArrayBuffer) size += node.byteLength
      else if (Array.isArray(node)) {
        known = count = node.length >>> 0
        size = 48
      } else if (node instanceof Map || node instanceof Set) {
        const isMap = node instanceof Map
        const first: unknown[] = []
        // As the runtime has it, whatever a class has made of its iterator.
        for (const element of (isMap ? Map : Set).prototype[Symbol.iterator].call(node as never)) {
          known = first.push(...(isMap ? element : [element]))
          if (known >= MOST_ELEMENTS) break
        }
        children = first
        count = node.size * (isMap ? 2 : 1)
        // Room for a power of two of entries; the words that refer to keys and values are counted with these.
        size = 72 + powerOfTwo(Math.max(4, node.size)) * (isMap ? 28 : 20) - 8 * count
      } else {
        names = Object.keys(node)
        known = count = names.length
        size = node instanceof Error ? 400 : node instanceof Date ? 112 : 24
        // So many make it a hash table, of three words each.
        if (count > 128) size += 24 * powerOfTwo(1.5 * count) - 8 * count
      }
      bytes += size
      const taken = Math.min(known, names ? MOST_PROPERTIES : MOST_ELEMENTS, Math.ceil(allowance))
      // Where not all are looked at, they are others in the next node.
      const phase = (visited * 0.618) % 1
      let inside = 0
      for (let i = 0; i < taken; i++) {
        const at = Math.floor(((i + phase) * known) / taken)
        const child = Object.getOwnPropertyDescriptor(children, names?.[at] ?? at)
        // An array's hole takes nothing: it is as likely in the part that is not looked at.
        if (child)
          inside += 8 + visit(child.value, Math.max(1, (end - visited) / (taken - i)), depth + 1, Array.isArray(node))
      }
      return size + (taken && (inside * count) / taken)
    } catch {
      return OPAQUE
    }
  }

  return visit(root as object, ALLOWANCE, 0)
}
