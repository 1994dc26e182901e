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
import { placementKey } from '../placement/placement.js'
import { versionOf } from '../record/envelope.js'
import type { Script } from '../record/scripts.js'
import { compareVersions, isAboutPrefixes, type Version } from '../record/version.js'
import type { Command, Reply } from '../resp/reply.js'
import type { ReplicaTransport, SendOptions } from '../transport/replica-transport.js'
import { isGroupKey, isRegisterKey } from './register.js'
import { ReplicaVerbs, type StoreRequest } from './replica-verbs.js'

/** Copies of each register. A clear writes all of them. */
const COPIES = 16
const SEED = 0x736c6f74

/** Groups of transactions under way, at most. */
const MOST_GROUPS = 65_536
const NOTHING = new Uint8Array(0)

/** The verbs that fit what a transport speaks to. */
export function verbsOver(transport: ReplicaTransport): ReplicaVerbs {
  return transport.isSlotted ? new SlottedVerbs(transport) : new ReplicaVerbs(transport)
}

export class SlottedVerbs extends ReplicaVerbs {
  private readonly slots = new Map<string, string>()

  override async read(
    node: string,
    keys: readonly string[],
    options: SendOptions,
    beside = keys.find((key) => !isRegisterKey(key)) ?? keys[0]!,
  ): Promise<(Uint8Array | null)[]> {
    const copy = copyFor(beside)
    const asked = keys.map((key) => super.read(node, [isRegisterKey(key) ? copyOf(key, copy) : key], options))
    return (await Promise.all(asked)).map(([bytes]) => bytes!)
  }

  override copyBeside(key: string): string {
    return String(copyFor(key))
  }

  /** A list of prefixes and its register share a slot in each copy, and are merged in each. */
  override async store(node: string, request: StoreRequest, options: SendOptions): Promise<Version | undefined> {
    const { key, registers, limits, envelope, isCopy } = request
    if (isRegisterKey(key)) {
      const copies = Array.from({ length: COPIES }, (_, copy) =>
        super.store(node, { ...request, key: copyOf(key, copy) }, options),
      )
      const inTheWay = await Promise.all(copies)
      // What rules over some keys of a namespace is to be gone past, though another copy shows what rules over all.
      return inTheWay.find((each) => each !== undefined && isAboutPrefixes(each)) ?? newestOf(inTheWay)
    }
    const alone = { ...request, registers: [], limits: limits?.slice(0, 1) }
    const [inTheWay, ...seen] = await Promise.all([
      super.store(node, alone, options),
      ...registers.map((register) => super.read(node, [copyOf(register, copyFor(key))], options)),
    ])
    const own = versionOf(envelope)!
    const newer = seen.map(([bytes], i) => {
      const version = bytes == null ? undefined : versionOf(bytes)
      if (version === undefined || (isCopy && isAboutPrefixes(version))) return undefined
      const limit = limits?.[i + 1] ?? own
      return compareVersions(version, limit) > 0 ? version : undefined
    })
    return newestOf([inTheWay, ...newer])
  }

  /** Scripts of transactions: the group's own key moves into the slot of its keys, and registers are looked at beside. */
  override async run(node: string, script: Script, rest: Command, options: SendOptions): Promise<Reply> {
    const count = Number(rest[0])
    const [group, ...keys] = rest.slice(1, 1 + count) as string[]
    if (group === undefined || !isGroupKey(group)) return super.run(node, script, rest, options)
    const own = keys.filter((key) => !isRegisterKey(key))
    if (own.length > 0) this.remember(group, placementKey(own[0]!))
    const place = `{${this.slots.get(group) ?? group}}${group}`
    const command = [String(1 + own.length), place, ...own, ...rest.slice(1 + count)]
    const registers = keys.filter(isRegisterKey)
    if (registers.length === 0) return super.run(node, script, command, options)
    const [reply, [, ...seen]] = await Promise.all([
      super.run(node, script, command, options),
      this.read(node, [own[0] ?? group, ...registers], options),
    ])
    if (!Array.isArray(reply)) return reply
    const [decided, ...held] = reply
    const versions = seen.map((bytes) => (bytes == null ? undefined : versionOf(bytes)) ?? NOTHING)
    return [decided!, ...keys.map((key) => (isRegisterKey(key) ? versions.shift()! : held.shift()!))]
  }

  /** What a group's key was hashed by: the questions that follow name the group alone. */
  private remember(group: string, slot: string): void {
    this.slots.delete(group)
    this.slots.set(group, slot)
    if (this.slots.size > MOST_GROUPS) this.slots.delete(this.slots.keys().next().value!)
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
