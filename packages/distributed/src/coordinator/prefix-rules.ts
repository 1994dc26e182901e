/**
 * Removal of keys by the beginning of their names. Nodes keep a bounded list of such prefixes for each namespace; its
 * register, which every read sees anyway, says when the list has changed, and then it is read once and remembered. Nothing
 * is scanned. Memory of a client: the lists of 256 pairs of node and namespace.
 */
import { decodeEnvelope, encodeEnvelope, versionOf } from '../record/envelope.js'
import { decodePrefixes, encodePrefixes, mergedRules, type PrefixRule, removedAt } from '../record/prefix-list.js'
import { compareVersions, NO_VERSION, newerVersion, nextEdition, type Version } from '../record/version.js'
import { tombstoneOf } from '../record/wire-record.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import { isAboutPrefixes, newestRegister, prefixListOf, registerEnvelope } from './register.js'
import { beforeMark, registerVersion } from './register-version.js'
import { failureOf } from './write-coordinator.js'

interface Held {
  /** The register's version when the list was read. */
  readonly version: Version
  readonly rules: readonly PrefixRule[] | undefined
}

const MOST_REMEMBERED = 256
const MOST_ATTEMPTS = 16

export class PrefixRules {
  private readonly remembered = new Map<string, Held>()

  constructor(private readonly cluster: Cluster) {}

  /**
   * The newest version that rules over a key by one register, given what the nodes showed of it.
   *
   * @param name - the key within the register's namespace; `''` for a key of a namespace below it
   */
  async ruling(register: string, name: string, shown: ReadonlyMap<string, Version>, budget: Budget): Promise<Version> {
    let newest = NO_VERSION
    let known = NO_VERSION
    const unknown: Version[] = []
    const look = async ([node, version]: [string, Version]) => {
      if (!isAboutPrefixes(version)) {
        newest = newerVersion(newest, version)
        return
      }
      const rules = await this.rulesOf(node, register, version, budget)
      if (rules === undefined) unknown.push(version)
      else {
        newest = newerVersion(newest, removedAt(name, rules))
        known = newerVersion(known, version)
      }
    }
    await Promise.all([...shown].map(look))
    // A node that has the register and not the list lost its memory: what others know counts, else everything is taken
    // for removed, which is the answer that cannot be wrong.
    for (const version of unknown) if (compareVersions(version, known) > 0) newest = newerVersion(newest, version)
    return newest
  }

  /** Removes every key that begins with `prefix`, on every node. */
  async remove(register: string, prefix: string, budget: Budget): Promise<void> {
    const { cluster } = this
    const { nodes } = cluster
    const { versions, wallNow, quorums } = cluster.parts
    const { replicationFactor, readQuorum, writeQuorum } = quorums
    // As for every register: see `writeEverywhere`.
    const lacking = Math.min(readQuorum - 1, replicationFactor - writeQuorum)
    const required = Math.max(nodes.length - lacking, Math.floor(nodes.length / 2) + 1)
    const ahead = versions.fork()
    const mark = newestRegister(register.slice('!cleared:'.length))
    const sloppy = quorums.quorum === 'sloppy'
    for (let attempt = 1; ; attempt++) {
      const causes = new Map<string, unknown>()
      const found = new Map<string, Held & { readonly list: Version }>()
      await Promise.all(
        nodes.map((node) =>
          this.read(node, register, budget).then(
            (held) => found.set(node, held),
            (error) => causes.set(node, error),
          ),
        ),
      )
      for (const { version } of found.values()) ahead.observe(version)
      const own = nextEdition(registerVersion(ahead, wallNow))!
      const all = [...found.values()].map(({ version, rules }) => rules ?? clearedRules(version))
      const rules = mergedRules(...all, [{ prefix, version: own }])
      const listKey = prefixListOf(register)
      const list = encodeEnvelope({ ...tombstoneOf(own, 0), tombstone: false, payload: encodePrefixes(rules) }, listKey)
      const writes = [
        { key: mark, envelope: registerEnvelope(own, mark), forgetAt: 0 },
        { key: register, envelope: registerEnvelope(own, register), forgetAt: 0 },
        { key: listKey, envelope: list, forgetAt: 0 },
      ]
      let taken = 0
      const enough = found.size > nodes.length - required || (sloppy && found.size > 0)
      if (enough) {
        await Promise.all(
          [...found].map(async ([node, held]) => {
            // A clear that came since is not to be overwritten either: the list knows nothing of it.
            const reads = [
              [register, held.version] as const,
              [listKey, held.list] as const,
              [mark, beforeMark(own)] as const,
            ]
            try {
              const inTheWay = await cluster.ask(node, () => cluster.verbs.commit(node, { reads, writes }, budget))
              if (inTheWay === undefined) taken++
              else ahead.observe(inTheWay.version)
            } catch (error) {
              causes.set(node, error)
            }
          }),
        )
      }
      const isDone = taken >= required || (sloppy && taken > 0 && taken + causes.size === nodes.length)
      if (isDone) {
        if (taken < required) cluster.wentOnDegraded('write', undefined)
        for (const node of causes.keys()) {
          for (const write of [...writes].reverse()) cluster.keepHint(node, { ...write, registers: [] })
        }
        return
      }
      const isHopeless = nodes.length - causes.size < (sloppy ? 1 : required)
      if (isHopeless || attempt === MOST_ATTEMPTS || !(await cluster.again(attempt, budget))) {
        throw failureOf('write', undefined, required, taken, causes, sloppy && taken === 0)
      }
    }
  }

  private async rulesOf(node: string, register: string, version: Version, budget: Budget) {
    const name = `${node} ${register}`
    const held = this.remembered.get(name)
    if (held !== undefined && compareVersions(held.version, version) >= 0) return held.rules
    const fresh = await this.read(node, register, budget).catch(() => undefined)
    // Without the list, or with one older than what is shown, there is nothing to remember: it may be on its way.
    if (fresh?.rules === undefined || compareVersions(fresh.version, version) < 0) return undefined
    this.remembered.delete(name)
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.delete(this.remembered.keys().next().value!)
    this.remembered.set(name, fresh)
    return fresh.rules
  }

  /** A register with its list. A register that is not about prefixes has none, whatever lies there of before. */
  private async read(node: string, register: string, budget: Budget): Promise<Held & { readonly list: Version }> {
    const { cluster } = this
    const key = prefixListOf(register)
    const [bytes, listBytes] = await cluster.ask(node, () => cluster.verbs.read(node, [register, key], budget))
    const version = (bytes == null ? undefined : versionOf(bytes)) ?? NO_VERSION
    const list = (listBytes == null ? undefined : versionOf(listBytes)) ?? NO_VERSION
    if (listBytes == null || !isAboutPrefixes(version)) return { version, list, rules: undefined }
    const { payload } = decodeEnvelope(listBytes, key, node)
    return { version, list, rules: decodePrefixes(payload) }
  }
}

/** What a register that has no list says: all is removed. */
function clearedRules(version: Version): PrefixRule[] {
  return compareVersions(version, NO_VERSION) === 0 ? [] : [{ prefix: '', version }]
}
