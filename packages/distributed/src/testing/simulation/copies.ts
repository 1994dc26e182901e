/** What nodes hold, looked at behind everybody's back: whether the copies of a key are alike. */
import type { AssembledClient } from '../../client/assemble.js'
import { decodeEnvelope, versionOf } from '../../record/envelope.js'
import { compareVersions, formatVersion, NO_VERSION, type Version } from '../../record/version.js'
import type { WireRecord } from '../../record/wire-record.js'
import type { SimulatedNode } from './simulated-node.js'

/**
 * `says`: keys whose owners hold different records, a sentence each. `alike`: those on which readers of any copy are to
 * agree. What was cleared or invalidated lies as it may: where it stands for good, it does not reach nodes that lack it.
 */
export function apart(
  { cluster, verbs }: AssembledClient<string>,
  nodes: ReadonlyMap<string, SimulatedNode>,
  keys: readonly string[],
): { says: string[]; alike: string[] } {
  const { keyspace } = verbs
  const { placement, quorums } = cluster.parts
  const bytesOn = (node: SimulatedNode, key: string) => {
    const bytes = node.run(['GET', key])
    return bytes instanceof Uint8Array ? bytes : undefined
  }
  const newest = (register: string) => {
    let version: Version = NO_VERSION
    for (const node of nodes.values()) {
      const bytes = bytesOn(node, register)
      const here = bytes && versionOf(bytes)
      if (here !== undefined && compareVersions(here, version) > 0) version = here
    }
    return version
  }
  const recordOn = (node: string, key: string) => {
    const physical = keyspace.physical(key)
    const bytes = bytesOn(nodes.get(node)!, physical)
    return bytes && decodeEnvelope(bytes, physical)
  }
  const isKilled = ({ version, tags }: WireRecord) =>
    [...keyspace.registers, ...tags.map((tag) => keyspace.tagRegister(tag))].some(
      (register) => compareVersions(newest(register), version) >= 0,
    )
  const says: string[] = []
  const alike = keys.filter((key) => {
    const copies = placement.replicasFor(key, quorums.replicationFactor).map((node) => recordOn(node, key))
    const standing = copies.reduce<WireRecord | undefined>(newestRecord, undefined)
    if (standing !== undefined && isKilled(standing)) return false
    const held = new Set(copies.map((copy) => (copy === undefined ? 'nothing' : formatVersion(copy.version))))
    if (held.size > 1) says.push(`copies were compared, and of ${key} there is ${[...held].join(', ')}`)
    return true
  })
  return { says, alike }
}

function newestRecord(a: WireRecord | undefined, b: WireRecord | undefined): WireRecord | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return compareVersions(a.version, b.version) >= 0 ? a : b
}
