/**
 * What is asked of a node that is a cluster of its own, where the keys of one command must share a hash slot: a record
 * lies in the slot of its key, and the registers that can kill it lie in others. So a record and its registers are asked
 * for beside each other, and a write learns of newer registers from reading them instead of being refused by the script.
 *
 * What was promised of `clear` and of tags still holds, since a read believes no record that is not newer than its
 * registers, and registers go ahead of the clocks (`register-version.ts`):
 *  - a record written before a clear was acknowledged is older than its register, wherever that lies: dead;
 *  - a write that begins after that reads the register, finds it in its way, and is written anew beyond it, as ever;
 *  - a loaded value carries the version that was drawn before the load: stored beside a later clear, it is older: dead.
 * What is lost: where a clock is behind another's by more than registers go ahead (a minute), a loaded value that the
 * script would have refused is stored alive.
 *
 * The register of a namespace is read by every read of it. In one slot, one machine would answer for all: it is kept in
 * several copies, spread over the slots, all of which a clear writes, and of which a key always reads the same one.
 */
import { murmur3 } from '../placement/hash.js'
import { versionOf } from '../record/envelope.js'
import { compareVersions, type Version } from '../record/version.js'
import type { SendOptions } from '../transport/replica-transport.js'
import { isRegisterKey } from './register.js'
import { type CommitRequest, type InTheWay, ReplicaVerbs, type StoreRequest } from './replica-verbs.js'

/** Copies of each register. A clear writes all of them. */
const COPIES = 16
const SEED = 0x736c6f74

export class SlottedVerbs extends ReplicaVerbs {
  override async read(node: string, keys: readonly string[], options: SendOptions): Promise<(Uint8Array | null)[]> {
    const copy = copyFor(keys[0]!)
    const asked = keys.map((key) => super.read(node, [isRegisterKey(key) ? copyOf(key, copy) : key], options))
    return (await Promise.all(asked)).map(([bytes]) => bytes!)
  }

  override async store(node: string, request: StoreRequest, options: SendOptions): Promise<Version | undefined> {
    const { key, registers, limits, envelope } = request
    if (isRegisterKey(key)) {
      const copies = Array.from({ length: COPIES }, (_, copy) =>
        super.store(node, { ...request, key: copyOf(key, copy) }, options),
      )
      return newestOf(await Promise.all(copies))
    }
    const alone = { ...request, registers: [], limits: limits?.slice(0, 1) }
    const [inTheWay, ...seen] = await Promise.all([
      super.store(node, alone, options),
      ...registers.map((register) => super.read(node, [copyOf(register, copyFor(key))], options)),
    ])
    const own = versionOf(envelope)!
    const newer = seen.map(([bytes], i) => {
      const version = bytes == null ? undefined : versionOf(bytes)
      const limit = limits?.[i + 1] ?? own
      return version !== undefined && compareVersions(version, limit) > 0 ? version : undefined
    })
    return newestOf([inTheWay, ...newer])
  }

  override async commit(node: string, request: CommitRequest, options: SendOptions): Promise<InTheWay | undefined> {
    const { reads, writes } = request
    const registers = reads.filter(([key]) => isRegisterKey(key))
    const others = reads.filter(([key]) => !isRegisterKey(key))
    const place = (others[0]?.[0] ?? writes[0]?.key)!
    // Before the keys: a clear in between makes what is written dead, as if it came after.
    const [, ...seen] = await this.read(node, [place, ...registers.map(([key]) => key)], options)
    for (const [i, [key, expected]] of registers.entries()) {
      const version = seen[i] == null ? undefined : versionOf(seen[i]!)
      if (version !== undefined && compareVersions(version, expected) > 0) return { key, version, wasRead: true }
    }
    return super.commit(node, { reads: others, writes }, options)
  }

  /** Registers are read once the promise was given: what they show is no older than that. */
  override async prepare(
    node: string,
    group: string,
    keys: readonly string[],
    ballot: Version,
    forgetAt: number,
    options: SendOptions,
  ): Promise<Version | readonly Uint8Array[]> {
    const records = keys.filter((key) => !isRegisterKey(key))
    const shown = await super.prepare(node, group, records, ballot, forgetAt, options)
    if (shown instanceof Uint8Array) return shown
    const registers = keys.filter(isRegisterKey)
    const [, ...bytes] = await this.read(node, [records[0] ?? group, ...registers], options)
    const seen = new Map(records.map((key, i) => [key, shown[1 + i]!]))
    for (const [i, key] of registers.entries()) seen.set(key, (bytes[i] && versionOf(bytes[i])) ?? new Uint8Array(0))
    return [shown[0]!, ...keys.map((key) => seen.get(key)!)]
  }
}

/** Which copy of the registers a key reads. */
function copyFor(key: string): number {
  return (murmur3(key, SEED) >>> 0) % COPIES
}

/** Where a copy lies: what stands between the braces chooses the slot. */
function copyOf(register: string, copy: number): string {
  return `{${copy}}${register}`
}

function newestOf(versions: readonly (Version | undefined)[]): Version | undefined {
  return versions.reduce(
    (newest, each) =>
      each !== undefined && (newest === undefined || compareVersions(each, newest) > 0) ? each : newest,
    undefined,
  )
}
