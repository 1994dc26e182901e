/** The membership on the nodes: one record on each, guarded by version like every other. Knows no cluster state. */

import type { Budget } from '../coordinator/budget.js'
import type { Cluster } from '../coordinator/cluster.js'
import { decodeEnvelope, encodeEnvelope } from '../record/envelope.js'
import { compareVersions, NO_VERSION, type Version } from '../record/version.js'
import { tombstoneOf } from '../record/wire-record.js'
import { decodeMembers, encodeMembers, type Members } from './members.js'

/** What the nodes say. */
export interface Told {
  readonly members: Members | undefined
  /** Of the newest record; `NO_VERSION` where there is none. */
  readonly version: Version
  /** Who answered, and who among them holds something older. */
  readonly answered: readonly string[]
  readonly behind: readonly string[]
  /** Who did not, and why. */
  readonly causes: ReadonlyMap<string, unknown>
  readonly bytes: Uint8Array | undefined
}

/** Where it stands which nodes a cache has, on each of them. */
export function membersRegister(root: string): string {
  return `!members:${root}`
}

export class MembersRegister {
  readonly key: string

  constructor(
    private readonly cluster: Cluster,
    root: string,
  ) {
    this.key = membersRegister(root)
  }

  /** Asks all nodes that count as up. Resolves once `enough` have answered, or all have answered or failed. */
  async read(enough: number, budget: Budget): Promise<Told> {
    const { cluster, key } = this
    const up = cluster.nodes.filter((node) => cluster.isUp(node))
    const asked = up.length === 0 ? cluster.nodes : up
    const shown = new Map<string, { version: Version; bytes: Uint8Array | undefined }>()
    const causes = new Map<string, unknown>()
    await new Promise<void>((resolve) => {
      let open = asked.length
      const ask = async (node: string) => {
        try {
          const [bytes] = await cluster.ask(node, () => cluster.verbs.read(node, [key], budget))
          const version = bytes == null ? NO_VERSION : decodeEnvelope(bytes, key, node).version
          shown.set(node, { version, bytes: bytes ?? undefined })
        } catch (error) {
          causes.set(node, error)
        }
        open--
        if (open === 0 || shown.size >= enough) resolve()
      }
      for (const node of asked) void ask(node)
    })
    let newest: { version: Version; bytes: Uint8Array | undefined } = { version: NO_VERSION, bytes: undefined }
    for (const each of shown.values()) if (compareVersions(each.version, newest.version) > 0) newest = each
    const behind = [...shown].filter(([, { version }]) => compareVersions(version, newest.version) < 0)
    return {
      members: newest.bytes && decodeMembers(decodeEnvelope(newest.bytes, key).payload),
      version: newest.version,
      answered: [...shown.keys()],
      causes,
      behind: behind.map(([node]) => node),
      bytes: newest.bytes,
    }
  }

  /** Gives nodes what others hold already. Answers those that hold it now, or something newer. Never rejects. */
  async tell(nodes: readonly string[], bytes: Uint8Array, budget: Budget): Promise<ReadonlySet<string>> {
    const request = { key: this.key, envelope: bytes, forgetAt: 0, registers: [] }
    const held = new Set<string>()
    await Promise.allSettled(
      nodes.map(async (node) => {
        await this.cluster.store(node, request, budget)
        held.add(node)
      }),
    )
    return held
  }

  /** A membership as nodes keep it. */
  envelopeOf(members: Members, version: Version): Uint8Array {
    const record = { ...tombstoneOf(version, 0), tombstone: false, payload: encodeMembers(members) }
    return encodeEnvelope(record, this.key)
  }

  /**
   * Writes a membership in place of the one that was seen.
   *
   * @returns the nodes that hold it now, and whether another change stands on some
   */
  async write(nodes: readonly string[], members: Members, version: Version, seen: Version, budget: Budget) {
    const envelope = this.envelopeOf(members, version)
    const held: string[] = []
    let isOvertaken = false
    const request = { key: this.key, envelope, forgetAt: 0, registers: [], limits: [seen] }
    await Promise.allSettled(
      nodes.map(async (node) => {
        const inTheWay = await this.cluster.store(node, request, budget)
        if (inTheWay === undefined) held.push(node)
        else isOvertaken = true
      }),
    )
    return { held, isOvertaken }
  }
}
