/** What replicas are asked when they are compared: keys, versions, bytes; and a claim, so that one client does it. One try each. */
import { DROP, HEADS } from '../record/comparison-scripts.js'
import { VERSION_BYTES, type Version } from '../record/version.js'
import type { SendOptions } from '../transport/replica-transport.js'
import { checked, type ReplicaVerbs, unexpected } from './replica-verbs.js'

/** What stands under a key. */
export interface Head {
  readonly version: Version
  /** Bytes of the whole record. */
  readonly length: number
}

export class ComparisonVerbs {
  constructor(private readonly verbs: ReplicaVerbs) {}

  /** The version under each key, `undefined` where there is none. */
  async heads(node: string, keys: readonly string[], options: SendOptions): Promise<(Head | undefined)[]> {
    if (keys.length === 0) return []
    const reply = await this.verbs.run(node, HEADS, [String(keys.length), ...keys], options)
    if (!Array.isArray(reply) || reply.length !== 2 * keys.length) throw unexpected(node, 'HEADS')
    return keys.map((_, i) => {
      const [version, length] = [reply[2 * i], reply[2 * i + 1]]
      if (!(version instanceof Uint8Array) || typeof length !== 'number') throw unexpected(node, 'HEADS')
      return version.length === VERSION_BYTES ? { version, length } : undefined
    })
  }

  /** Removes the keys that still have the versions given; how many. */
  async drop(
    node: string,
    keys: readonly string[],
    versions: readonly Version[],
    options: SendOptions,
  ): Promise<number> {
    if (keys.length === 0) return 0
    const reply = await this.verbs.run(node, DROP, [String(keys.length), ...keys, ...versions], options)
    if (typeof reply !== 'number') throw unexpected(node, 'DROP')
    return reply
  }

  /** Whether `key` was free and is now held under `holder`, for `ms`. */
  async claim(node: string, key: string, holder: string, ms: number, options: SendOptions): Promise<boolean> {
    const reply = checked(await this.verbs.send(node, ['SET', key, holder, 'NX', 'PX', String(ms)], options), node)
    return reply === 'OK'
  }

  /** Goes on holding what is held, or says something else there, for `ms`. */
  async hold(node: string, key: string, text: string, ms: number, options: SendOptions): Promise<void> {
    checked(await this.verbs.send(node, ['SET', key, text, 'PX', String(ms)], options), node)
  }

  /** What stands under a key as text. */
  async text(node: string, key: string, options: SendOptions): Promise<string | undefined> {
    const [bytes] = await this.verbs.read(node, [key], options)
    return bytes == null ? undefined : new TextDecoder().decode(bytes)
  }
}
