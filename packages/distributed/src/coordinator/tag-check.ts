/** What has become of a record's tags: their registers are asked for at those who showed the record. */
import { compareVersions, NO_VERSION, newerVersion, type Version } from '../record/version.js'
import type { WireRecord } from '../record/wire-record.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import { gatherInTurn } from './gather-in-turn.js'
import type { ReadRepair } from './read-repair.js'
import type { ReadRequest } from './read-request.js'
import { expiredAt } from './register.js'
import type { DamagedRegister, RegisterDamage } from './register-damage.js'
import type { Route } from './route.js'
import type { WriteBack } from './write-back.js'
import { failureOf } from './write-coordinator.js'

export interface TagVerdict {
  /** `'dead'`: a tag was invalidated since. Else when a tag made it count as expired, ms since the epoch; `Infinity`: not. */
  readonly since: 'dead' | number
  /** The newest version seen of a tag's register. */
  readonly tagged: Version
}

export class TagCheck {
  constructor(
    private readonly cluster: Cluster,
    private readonly repair: ReadRepair,
    private readonly writeBack: WriteBack,
    private readonly damage: RegisterDamage,
  ) {}

  async verdict(
    request: ReadRequest,
    { version, tags }: WireRecord,
    nodes: readonly string[],
    route: Route,
    budget: Budget,
  ): Promise<TagVerdict> {
    const { cluster } = this
    const killing = tags.map(request.tagRegister)
    const keys = [...killing, ...tags.map(request.staleRegister)]
    const seen: Version[] = keys.map(() => NO_VERSION)
    const shown = new Map<string, readonly Version[]>()
    const damaged: DamagedRegister[] = []
    let since = Number.POSITIVE_INFINITY
    const note = (registers: readonly (Uint8Array | null)[], node: string) => {
      const here = registers.map((bytes, index) => {
        const held = cluster.registers.versionOf(bytes, keys[index]!)
        if (held === undefined) damaged.push({ node, index })
        return held ?? NO_VERSION
      })
      shown.set(node, here)
      for (const [i, held] of here.entries()) {
        if (compareVersions(held, seen[i]!) > 0) seen[i] = held
        const isExpired = i >= killing.length && compareVersions(held, version) >= 0
        if (isExpired) since = Math.min(since, expiredAt(registers[i]!, held))
      }
    }
    const { readQuorum, quorum, linearizable } = budget.quorums
    const required = readQuorum + route.more
    const read = (node: string) => cluster.ask(node, () => cluster.verbs.read(node, keys, budget))
    // Who missed an invalidation is asked last.
    const isTold = (node: string) => !cluster.hints.lacksRegister(node)
    const told = nodes.filter(isTold)
    const first = told.length < required ? nodes : told
    const up = cluster.nodes.filter((node) => !first.includes(node) && cluster.isUp(node))
    const others = [...up.filter(isTold), ...up.filter((node) => !isTold(node))]
    const causes = await gatherInTurn(cluster, first, others, required, async (node) => note(await read(node), node))
    const isKnown = damaged.length === 0 || (await this.damage.settle(request.key, keys, damaged, seen, budget))
    for (const register of seen) cluster.parts.versions.observe(register)
    if (quorum === 'strict' && shown.size < required) {
      throw failureOf('read', request.name, required, shown.size, causes, false)
    }
    if (linearizable) await this.writeBack.registers({ ...request, registers: keys }, route, seen, shown, budget)
    else this.repair.registers(keys, seen, shown)
    // Unknown whether it was invalidated: absent is the answer that cannot be wrong.
    const isDead = seen.slice(0, killing.length).some((register) => compareVersions(register, version) >= 0)
    return {
      since: shown.size === 0 || isDead || !isKnown ? 'dead' : since,
      tagged: seen.reduce(newerVersion, NO_VERSION),
    }
  }
}
