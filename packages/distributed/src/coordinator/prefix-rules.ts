/**
 * Which version rules over a key by a register that is about prefixes. Nodes keep a bounded list of prefixes for each namespace;
 * its register, which every read sees anyway, says when the list has changed, and then it is read once and remembered. Nothing
 * is scanned. Memory of a client: 256 lists.
 */
import { type PrefixRule, removedAt } from '../record/prefix-list.js'
import { compareVersions, isAboutPrefixes, NO_VERSION, newerVersion, type Version } from '../record/version.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import { gather } from './gather.js'
import { gatherInTurn } from './gather-in-turn.js'
import { type HeldRules, listRequest, readRules } from './prefix-lists.js'
import type { ReadRepair } from './read-repair.js'
import { failureOf } from './write-coordinator.js'

const MOST_REMEMBERED = 256

export class PrefixRules {
  private readonly remembered = new Map<string, HeldRules>()

  constructor(
    private readonly cluster: Cluster,
    private readonly repair: ReadRepair,
  ) {}

  /**
   * The newest version that rules over a key by one register, given what the nodes showed of it.
   *
   * @param name - the key within the register's namespace; `''` for a key of a namespace below it
   * @param beside - the physical key
   */
  async ruling(
    register: string,
    name: string,
    shown: ReadonlyMap<string, Version>,
    beside: string,
    budget: Budget,
  ): Promise<Version> {
    let newest = NO_VERSION
    const known: HeldRules[] = []
    const lost = new Map<string, Version>()
    const note = (held: HeldRules | undefined, node: string, version: Version) => {
      if (held === undefined) lost.set(node, version)
      else known.push(held)
    }
    const unknown: string[] = []
    for (const [node, version] of shown) {
      const held = this.remembered.get(this.nameOf(node, register, beside))
      if (!isAboutPrefixes(version)) newest = newerVersion(newest, version)
      else if (held !== undefined && compareVersions(held.version, version) >= 0) known.push(held)
      else unknown.push(node)
    }
    if (unknown.length > 0) {
      const asked = new Set<string>()
      const ask = async (node: string) => {
        const version = shown.get(node) ?? NO_VERSION
        note(await this.learn(node, register, version, beside, budget), node, version)
        asked.add(node)
      }
      const { nodes } = this.cluster
      const others = nodes.filter((node) => !shown.has(node) && this.cluster.isUp(node))
      const causes = await gatherInTurn(this.cluster, unknown, others, unknown.length, ask)
      if (asked.size < unknown.length) {
        // A list that cannot be had says nothing; what it rules over may be alive, or dead.
        if (budget.quorums.quorum === 'strict') {
          const heard = shown.size - unknown.length + asked.size
          throw failureOf('read', name || undefined, shown.size, heard, causes, false)
        }
        for (const node of unknown) if (!asked.has(node)) lost.set(node, shown.get(node)!)
      }
    }
    if (lost.size > 0) known.push(...(await this.knownInstead(register, lost, known, shown, beside, budget)))
    for (const { rules } of known) newest = newerVersion(newest, removedAt(name, rules!))
    // Where nobody knows, everything is taken for removed, which is the answer that cannot be wrong.
    for (const version of lost.values()) if (!isKnown(version, known)) newest = newerVersion(newest, version)
    return newest
  }

  /**
   * A node that has the register and not the list lost it: what others know by a register as new counts, and is given back to
   * it behind the caller's back. The other nodes are asked where those who were looked at do not know.
   */
  private async knownInstead(
    register: string,
    lost: ReadonlyMap<string, Version>,
    known: readonly HeldRules[],
    shown: ReadonlyMap<string, Version>,
    beside: string,
    budget: Budget,
  ): Promise<readonly HeldRules[]> {
    const { cluster } = this
    const newest = [...lost.values()].reduce(newerVersion)
    let found: readonly HeldRules[] = []
    if (!isKnown(newest, known)) {
      const others = cluster.nodes.filter((node) => !shown.has(node) && cluster.isUp(node))
      const ask = (node: string) => readRules(cluster, node, register, beside, budget)
      const { answers } = await gather(others, ask, (answers) => isKnown(newest, [...answers.values()]))
      found = [...answers.values()].filter(({ rules }) => rules !== undefined)
    }
    const best = [...known, ...found].find(({ version }) => compareVersions(version, newest) >= 0)
    if (best === undefined) return found
    for (const node of lost.keys()) this.repair.send(node, listRequest(register, best.version, best.rules!))
    return found
  }

  /** What a node knows; `undefined` where it has lost that. */
  private async learn(
    node: string,
    register: string,
    version: Version,
    beside: string,
    budget: Budget,
  ): Promise<HeldRules | undefined> {
    const fresh = await readRules(this.cluster, node, register, beside, budget)
    if (compareVersions(fresh.version, version) < 0) return undefined
    // A clear has come since, or nothing ever: it rules over everything, or over nothing.
    if (!isAboutPrefixes(fresh.version)) return { version: fresh.version, rules: cleared(fresh.version) }
    if (fresh.rules === undefined) return undefined
    const key = this.nameOf(node, register, beside)
    this.remembered.delete(key)
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.delete(this.remembered.keys().next().value!)
    this.remembered.set(key, fresh)
    return fresh
  }

  private nameOf(node: string, register: string, beside: string): string {
    return `${node} ${this.cluster.verbs.copyBeside(beside)} ${register}`
  }
}

function isKnown(version: Version, known: readonly HeldRules[]): boolean {
  return known.some((held) => held.rules !== undefined && compareVersions(held.version, version) >= 0)
}

/** What a register that has no list says: all is removed. */
export function cleared(version: Version): readonly PrefixRule[] {
  return compareVersions(version, NO_VERSION) === 0 ? [] : [{ prefix: '', version }]
}
