/** How commands look at values: one place that counts hits and misses, and tells the policy of a use. */
import type { CommandContext } from '../command.js'

/** The value, or `undefined`. It holds until the next write and is not to be changed. */
export function read(context: CommandContext, key: Uint8Array): Uint8Array | undefined {
  const { store, client, now } = context
  const value = client.noTouch ? store.peek(key, now) : store.get(key, now)
  if (value === undefined) context.reads.misses++
  else context.reads.hits++
  return value
}
