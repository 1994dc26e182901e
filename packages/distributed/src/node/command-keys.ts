/** Which parts of a command are keys. Pure. */
import { integerOf } from './arguments.js'
import type { NodeCommand } from './command.js'

/** The keys of a whole command, in its order; none where it names none. */
export function keysOf({ keys, countedKeys }: NodeCommand, parts: readonly Uint8Array[]): Uint8Array[] {
  if (countedKeys !== undefined) {
    const count = integerOf(parts[countedKeys] ?? new Uint8Array(0)) ?? 0
    return parts.slice(countedKeys + 1, countedKeys + 1 + Math.max(0, count))
  }
  const [first, last, step] = keys
  if (first === 0) return []
  const end = last < 0 ? parts.length + last : Math.min(last, parts.length - 1)
  const found: Uint8Array[] = []
  for (let i = first; i <= end; i += step) found.push(parts[i]!)
  return found
}
