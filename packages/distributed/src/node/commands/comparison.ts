/** The scripts by which replicas are compared (see `record/comparison-scripts.ts`), run natively. */
import { versionOf } from '../../record/envelope.js'
import { compareVersions, VERSION_BYTES } from '../../record/version.js'
import type { Reply } from '../../resp/reply.js'
import type { NativeScript } from './guarded-write.js'

const NONE = new Uint8Array(0)

/** HEADS: the version and the length of each. */
export const headsOf: NativeScript = (keys, _argv, { store, now }) => {
  const heads: Reply[] = []
  for (const key of keys) {
    const value = store.peek(key, now)
    const version = value === undefined ? undefined : versionOf(value)
    if (version === undefined) heads.push(NONE, 0)
    else heads.push(version, value!.length)
  }
  return heads
}

/** DROP: those go that still have the version given. */
export const dropUnchanged: NativeScript = (keys, argv, { store, now }) => {
  let gone = 0
  for (const [i, key] of keys.entries()) {
    const expected = argv[i]
    if (expected?.length !== VERSION_BYTES) continue
    const value = store.peek(key, now)
    const version = value === undefined ? undefined : versionOf(value)
    if (version !== undefined && compareVersions(version, expected) === 0 && store.delete(key, now)) gone++
  }
  return gone
}
