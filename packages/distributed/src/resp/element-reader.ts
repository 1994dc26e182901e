/** How the elements of an array that answers a command are read where they lie, instead of being copied out one by one. */
import type { Reply } from './reply.js'

/** Is told of the elements of one array, in order. Must not throw. */
export interface ElementReader {
  /** An array of `count` elements begins, in a chunk of which what lies before `end` has come. */
  begin(count: number, chunk: Uint8Array, end: number): void
  /** The next chunk has come, and elements are still wanting. It may have overwritten the one before. */
  more(chunk: Uint8Array, end: number): void
  /** A string of bytes, from `start` to `end`: of the chunk, or where it did not come whole, of an array of its own. */
  read(bytes: Uint8Array, start: number, end: number): void
  /** Anything else, `null` among it. */
  readOther(reply: Reply): void
}
