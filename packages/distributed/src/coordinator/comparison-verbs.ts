/** What replicas are asked when they are compared: keys, versions, bytes; and a claim, so that one client does it. One try each. */
import { DROP, HEADS, HOLD } from '../record/comparison-scripts.js'
import { compareVersions, NO_VERSION, VERSION_BYTES, type Version } from '../record/version.js'
import type { Command } from '../resp/reply.js'
import type { SendOptions } from '../transport/replica-transport.js'
import { checked, type ReplicaVerbs, unexpected } from './replica-verbs.js'

/** A key, and the version that stands there. */
export type Standing = readonly [key: string, version: Version]

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

  /**
   * Removes the keys that still have the versions given; how many.
   *
   * @param onlyIf - what must stand on the node for that; nothing, if it is `NO_VERSION`
   */
  async drop(
    node: string,
    keys: readonly string[],
    versions: readonly Version[],
    options: SendOptions,
    onlyIf?: Standing,
  ): Promise<number> {
    if (keys.length === 0) return 0
    const reply = await this.verbs.run(node, DROP, dropCommand(keys, versions, onlyIf), options)
    if (typeof reply !== 'number') throw unexpected(node, 'DROP')
    return reply
  }

  /** Whether `key` was free and is now held under `holder`, for `ms`. */
  async claim(node: string, key: string, holder: string, ms: number, options: SendOptions): Promise<boolean> {
    const reply = checked(await this.verbs.send(node, ['SET', key, holder, 'NX', 'PX', String(ms)], options), node)
    return reply === 'OK'
  }

  /**
   * Says something else where one has said `own` oneself, for `ms`. False when that is gone, or somebody else's by now.
   *
   * @param mark - where that is to stand for good, too
   */
  async hold(
    node: string,
    [key, mark]: readonly [key: string, mark?: string],
    own: string,
    text: string,
    ms: number,
    options: SendOptions,
  ): Promise<boolean> {
    const keys = mark === undefined ? ['1', key] : ['2', key, mark]
    const reply = await this.verbs.run(node, HOLD, [...keys, own, text, String(ms)], options)
    if (reply !== 0 && reply !== 1) throw unexpected(node, 'HOLD')
    return reply === 1
  }

  /** Says something under a key for good, unless something stands there. */
  async mark(node: string, key: string, text: string, options: SendOptions): Promise<void> {
    checked(await this.verbs.send(node, ['SET', key, text, 'NX'], options), node)
  }

  /** What stands under a key as text. */
  async text(node: string, key: string, options: SendOptions): Promise<string | undefined> {
    const [bytes] = await this.verbs.read(node, [key], options)
    return bytes == null ? undefined : new TextDecoder().decode(bytes)
  }
}

function dropCommand(keys: readonly string[], versions: readonly Version[], onlyIf: Standing | undefined): Command {
  if (onlyIf === undefined) return [String(keys.length), ...keys, ...versions]
  const [key, version] = onlyIf
  const expected = compareVersions(version, NO_VERSION) === 0 ? '' : version
  return [String(1 + keys.length), key, ...keys, expected, ...versions, 'if']
}
