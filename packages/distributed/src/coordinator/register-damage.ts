/**
 * Registers whose bytes nobody vouches for, damaged on their way or where they lie. Registers lie on every node, so all are asked:
 * what one of them says, sound, holds, and takes the damage's place. Where nobody says anything sound, what the register
 * may have killed is not known: all is taken for killed, the answer that cannot be wrong, and a register of now says so from then on.
 */
import { DROP } from '../record/comparison-scripts.js'
import { versionOf } from '../record/envelope.js'
import { compareVersions, NO_VERSION, newerVersion, type Version } from '../record/version.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import { newestRegister, registerEnvelope } from './register.js'
import { registerVersion } from './register-version.js'

/** Registers that nodes have shown damaged. */
export interface DamagedRegister {
  readonly node: string
  /** Which of the registers asked for. */
  readonly index: number
}

export class RegisterDamage {
  constructor(private readonly cluster: Cluster) {}

  /**
   * Finds out what damaged registers say, and removes the damage. Never rejects.
   *
   * @param place - the key for whose sake they were asked for
   * @param seen - the newest version of each register, which is moved on to what is found
   * @returns whether all of them are known now
   */
  async settle(
    place: string,
    keys: readonly string[],
    damaged: readonly DamagedRegister[],
    seen: Version[],
    budget: Budget,
  ): Promise<boolean> {
    let isKnown = true
    for (const index of new Set(damaged.map((each) => each.index))) {
      const nodes = damaged.filter((each) => each.index === index).map(({ node }) => node)
      if (!(await this.settleOne(place, keys[index]!, index, nodes, seen, budget))) isKnown = false
    }
    return isKnown
  }

  private async settleOne(
    place: string,
    key: string,
    index: number,
    nodes: readonly string[],
    seen: Version[],
    budget: Budget,
  ): Promise<boolean> {
    const { cluster } = this
    /** Who is not known to be sound by now. */
    const unsound = new Set(nodes)
    const ahead = cluster.parts.versions.fork()
    const mark = newestRegister(key.split(':')[1]!)
    const look = async (node: string) => {
      const [, bytes, newest] = await cluster.ask(node, () => cluster.verbs.read(node, [place, key, mark], budget))
      // As new as any register of the cache: what is lost was not newer.
      ahead.observe(cluster.registers.versionOf(newest, mark) ?? NO_VERSION)
      const version = cluster.registers.versionOf(bytes, key)
      if (version === undefined) {
        unsound.add(node)
        await this.remove(node, key, bytes!, budget)
        return
      }
      unsound.delete(node)
      seen[index] = newerVersion(seen[index]!, version)
    }
    await Promise.allSettled(cluster.nodes.filter((node) => cluster.isUp(node)).map(look))
    if (unsound.size === 0 || compareVersions(seen[index]!, NO_VERSION) > 0) return true
    const version = registerVersion(ahead, cluster.parts.wallNow)
    const registers = [mark, key]
    const store = (node: string) =>
      registers.map((each) =>
        cluster.store(
          node,
          { key: each, envelope: registerEnvelope(version, each), forgetAt: 0, registers: [] },
          budget,
        ),
      )
    await Promise.allSettled(cluster.nodes.filter((node) => cluster.isUp(node)).flatMap(store))
    seen[index] = version
    return false
  }

  /** Lets a sound one take its place, which the damage might be newer than. What does not look like a register is in nobody's way. */
  private async remove(node: string, key: string, bytes: Uint8Array, budget: Budget): Promise<void> {
    const version = versionOf(bytes)
    if (version === undefined) return
    await this.cluster.ask(node, () => this.cluster.verbs.run(node, DROP, ['1', key, version], budget))
  }
}
