/**
 * Removal of keys by the beginning of their names. Three rounds, and no fourth, whoever else removes something at the same
 * time:
 *
 * 1. All nodes are looked at: what they know of prefixes, how new their registers are, and the mark by which writers of registers
 *    meet. A register that was complete before this call began shows itself here.
 * 2. The mark is set, so that whoever writes a register later goes past all who will have met this one. Where a newer one
 *    stands already, that does as well.
 * 3. Each node merges what was found, and the new prefix, with what it holds by then.
 *
 * A node that does not answer at the first is not waited for again: it is kept a hint, as for every write.
 */
import { CacheError } from '@mtaio/exceptions'
import { versionOf } from '../record/envelope.js'
import { mergedRules, type PrefixRule } from '../record/prefix-list.js'
import {
  compareVersions,
  isAboutPrefixes,
  NO_VERSION,
  newerVersion,
  nextEdition,
  type Version,
} from '../record/version.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import { gather } from './gather.js'
import { type HeldRules, heldRules, listRequest } from './prefix-lists.js'
import { cleared } from './prefix-rules.js'
import { newestRegister, prefixListOf, registerEnvelope } from './register.js'
import { registerVersion } from './register-version.js'
import type { StoreRequest } from './replica-verbs.js'
import { failureOf } from './write-coordinator.js'

interface Found extends HeldRules {
  readonly mark: Version
}

/** Of what is left of the budget, what the first round may take. */
const FIRST_PART = 3
/** A second one is needed where a node has lost its list while somebody else added to it, or where it had no room for both. */
const MOST_ATTEMPTS = 4

export class PrefixRemoval {
  constructor(private readonly cluster: Cluster) {}

  /** Removes every key that begins with `prefix`, on every node. */
  async remove(register: string, prefix: string, budget: Budget): Promise<void> {
    const { cluster } = this
    const { nodes } = cluster
    const { versions, quorums } = cluster.parts
    // As for every register: see `writeEverywhere`.
    const lacking = Math.min(quorums.readQuorum - 1, quorums.replicationFactor - quorums.writeQuorum)
    const required = Math.max(nodes.length - lacking, Math.floor(nodes.length / 2) + 1)
    const isSloppy = quorums.quorum === 'sloppy'
    const markKey = newestRegister(register.slice('!cleared:'.length))
    const isEnough = (count: number) => count >= (isSloppy ? 1 : required)
    for (let attempt = 1; ; attempt++) {
      const causes = new Map<string, unknown>()
      const found = await this.look(register, markKey, causes, budget)
      const own = this.versionBeyond(found)
      const mark = { key: markKey, envelope: registerEnvelope(own, markKey), forgetAt: 0, registers: [] }
      const list = listRequest(register, own, mergedRules(...knownTo(found), [{ prefix, version: own }]))
      const marked = isEnough(found.size) ? await this.give(mark, [...found.keys()], causes, budget) : new Map()
      const merged = isEnough(marked.size) ? await this.give(list, [...marked.keys()], causes, budget) : new Map()
      // A clear that came meanwhile removes as much.
      const refused = [...merged.values()].filter((inTheWay) => inTheWay !== undefined && isAboutPrefixes(inTheWay))
      if (isEnough(merged.size) && refused.length === 0) {
        if (merged.size < required) cluster.wentOnDegraded('write', undefined)
        for (const node of causes.keys()) for (const request of [mark, list]) cluster.keepHint(node, request)
        versions.observe(own)
        return
      }
      if (refused.length === 0) throw failureOf('write', undefined, required, merged.size, causes, isSloppy)
      if (attempt === MOST_ATTEMPTS || !(await cluster.again(attempt, budget))) {
        throw new CacheError(`others kept removing prefixes: gave up after ${attempt} attempts`, { code: 'CONTENDED' })
      }
    }
  }

  private async look(
    register: string,
    mark: string,
    causes: Map<string, unknown>,
    budget: Budget,
  ): Promise<ReadonlyMap<string, Found>> {
    const { cluster } = this
    const now = cluster.parts.clock.now()
    const first = { ...budget, deadline: now + (budget.deadline - now) / FIRST_PART }
    const keys = [register, prefixListOf(register), mark]
    const ask = async (node: string): Promise<Found> => {
      const [bytes, list, set] = await cluster.ask(node, () => cluster.verbs.read(node, keys, first))
      return { ...heldRules(register, bytes!, list!), mark: (set == null ? undefined : versionOf(set)) ?? NO_VERSION }
    }
    const gathered = await gather(cluster.nodes, ask, () => false)
    for (const [node, cause] of gathered.causes) causes.set(node, cause)
    return gathered.answers
  }

  /** Newer than whatever was written after a register that was found. */
  private versionBeyond(found: ReadonlyMap<string, Found>): Version {
    const { versions, wallNow } = this.cluster.parts
    const ahead = versions.fork()
    for (const { version, mark } of found.values()) ahead.observe(newerVersion(version, mark))
    return nextEdition(registerVersion(ahead, wallNow))!
  }

  private async give(
    request: StoreRequest,
    nodes: readonly string[],
    causes: Map<string, unknown>,
    budget: Budget,
  ): Promise<ReadonlyMap<string, Version | undefined>> {
    const gathered = await gather(
      nodes,
      (node) => this.cluster.store(node, request, budget),
      () => false,
    )
    for (const [node, cause] of gathered.causes) causes.set(node, cause)
    return gathered.answers
  }
}

/** The lists of all, and of those who lost theirs that everything was removed, unless others know as much. */
function knownTo(found: ReadonlyMap<string, Found>): (readonly PrefixRule[])[] {
  const all = [...found.values()]
  const known = all.reduce(
    (newest, held) => (held.rules === undefined ? newest : newerVersion(newest, held.version)),
    NO_VERSION,
  )
  return all.map(({ version, rules }) => {
    const isLost = rules === undefined && isAboutPrefixes(version)
    return rules ?? (isLost && compareVersions(version, known) <= 0 ? [] : cleared(version))
  })
}
