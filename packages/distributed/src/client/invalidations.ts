/** Many records are dead at once, or count as expired: a register of a namespace or a tag says so. Scans nothing. */
import type { Budget } from '../coordinator/budget.js'
import type { Cluster } from '../coordinator/cluster.js'
import { PrefixRemoval } from '../coordinator/prefix-removal.js'
import { newestRegister, registerEnvelope, staleEnvelope } from '../coordinator/register.js'
import { beforeMark } from '../coordinator/register-version.js'
import { WriteCoordinator } from '../coordinator/write-coordinator.js'
import type { Version } from '../record/version.js'
import type { Keyspace } from './keyspace.js'

export class Invalidations {
  private readonly writes: WriteCoordinator
  private readonly prefixes: PrefixRemoval

  constructor(
    private readonly cluster: Cluster,
    private readonly keyspace: Keyspace,
  ) {
    this.writes = new WriteCoordinator(cluster)
    this.prefixes = new PrefixRemoval(cluster)
  }

  /** Everything in this namespace and below it is dead from now on. */
  clear(budget: Budget): Promise<void> {
    return this.register(this.keyspace.registers.at(-1)!, budget)
  }

  /** Every record of this namespace that carries the tag is dead from now on. */
  deleteTag(tag: string, budget: Budget): Promise<void> {
    return this.register(this.keyspace.tagRegister(tag), budget)
  }

  /** Every record of this namespace that carries the tag counts as expired from now on. */
  expireTag(tag: string, budget: Budget): Promise<void> {
    const { wallNow } = this.cluster.parts
    const envelopeOf = (version: Version, key: string) => staleEnvelope(version, key, wallNow())
    return this.register(this.keyspace.staleRegister(tag), budget, envelopeOf)
  }

  /** Every record of this namespace whose key begins with `prefix` is dead from now on. */
  deletePrefix(prefix: string, budget: Budget): Promise<void> {
    return this.prefixes.remove(this.keyspace.registers.at(-1)!, prefix, budget)
  }

  private register(key: string, budget: Budget, envelopeOf = registerEnvelope): Promise<void> {
    const mark = newestRegister(this.keyspace.path)
    const make = (version: Version) => {
      const register = { key, envelope: envelopeOf(version, key), forgetAt: 0, registers: [] }
      return [
        { ...register, key: mark, envelope: registerEnvelope(version, mark), limits: [beforeMark(version)] },
        register,
      ] as const
    }
    return this.writes.writeEverywhere(make, budget)
  }
}
