/** How much a peer may make us keep before a frame is whole. */

export interface DecoderLimits {
  /** The longest bulk string, in bytes. @defaultValue 64 MiB */
  readonly maxBulkBytes?: number | undefined
  /** The most elements of one aggregate. @defaultValue 1,048,576 */
  readonly maxElements?: number | undefined
  /** How deep aggregates may nest. @defaultValue 16 */
  readonly maxDepth?: number | undefined
  /** The longest line (a simple string, an error, a length, an inline command), in bytes. @defaultValue 64 KiB */
  readonly maxLineBytes?: number | undefined
  /**
   * The most that one request may make us keep: its arguments together, and {@link PART_BYTES} for each.
   *
   * @defaultValue 128 MiB
   */
  readonly maxRequestBytes?: number | undefined
}

/** What an argument takes beside its bytes, once it is an array of its own (Node 20, measured 2026-11-25: 200–270). */
export const PART_BYTES = 200

/** What somebody may send who has not shown who it is, as in Redis: no more than a login takes. */
export const STRANGERS = { maxElements: 10, maxBulkBytes: 16 * 1024 } as const

export const DEFAULT_LIMITS = {
  maxBulkBytes: 64 * 1024 * 1024,
  maxElements: 1024 * 1024,
  maxDepth: 16,
  maxLineBytes: 64 * 1024,
  maxRequestBytes: 128 * 1024 * 1024,
} as const

/** The limits given, and the defaults for the rest. */
export function withDefaults(limits: DecoderLimits = {}): Readonly<Record<keyof DecoderLimits, number>> {
  return {
    maxBulkBytes: limits.maxBulkBytes ?? DEFAULT_LIMITS.maxBulkBytes,
    maxElements: limits.maxElements ?? DEFAULT_LIMITS.maxElements,
    maxDepth: limits.maxDepth ?? DEFAULT_LIMITS.maxDepth,
    maxLineBytes: limits.maxLineBytes ?? DEFAULT_LIMITS.maxLineBytes,
    maxRequestBytes: limits.maxRequestBytes ?? DEFAULT_LIMITS.maxRequestBytes,
  }
}
