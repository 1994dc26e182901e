/** What nodes hold, looked at behind everybody's back: whether the copies of a key are alike. */
import type { AssembledClient } from '../../client/assemble.js'
import { prefixListOf } from '../../coordinator/register.js'
import { whereaboutsOf } from '../../coordinator/whereabouts.js'
import { decodeEnvelope, versionOf } from '../../record/envelope.js'
import { decodePrefixes, removedAt } from '../../record/prefix-list.js'
import { compareVersions, formatVersion, isAboutPrefixes, NO_VERSION, type Version } from '../../record/version.js'
import type { WireRecord } from '../../record/wire-record.js'
import type { SimulatedNode } from './simulated-node.js'

type Nodes = ReadonlyMap<string, SimulatedNode>

/** Whether everything lies where it belongs, and nowhere else, and its copies are alike: there is nothing to repair. */
export function isSettled({ cluster, verbs }: AssembledClient<string>, nodes: Nodes): boolean {
  const { placement } = cluster.places
  const { replicationFactor } = cluster.parts.quorums
  const seen = new Set<string>()
  for (const node of nodes.values()) {
    for (const key of node.keys()) {
      const place = whereaboutsOf(key, verbs.keyspace.path)
      if (place === undefined) continue
      const here = node.peek(key)
      const version = here && versionOf(here)
      // What is no record is not compared: claims and marks of a node's own.
      if (version === undefined) continue
      const owners = place.kind === 'register' ? cluster.nodes : placement.replicasFor(place.name, replicationFactor)
      if (!owners.includes(node.id)) return false
      if (seen.has(key)) continue
      seen.add(key)
      const isAlike = (owner: string) => {
        const there = nodes.get(owner)!.peek(key)
        const other = there && versionOf(there)
        return other !== undefined && compareVersions(version, other) === 0
      }
      if (!owners.every(isAlike)) return false
    }
  }
  return true
}

/**
 * `says`: keys whose owners hold different records, a sentence each. `alike`: those on which readers of any copy are to
 * agree. What was cleared lies as it may: where it stands for good, it does not reach nodes that lack it.
 */
export function apart(
  { cluster, verbs }: AssembledClient<string>,
  nodes: Nodes,
  keys: readonly string[],
): { says: string[]; alike: string[] } {
  const { keyspace } = verbs
  const recordOn = (node: string, key: string) => {
    const physical = keyspace.physical(key)
    const bytes = nodes.get(node)!.peek(physical)
    return bytes && decodeEnvelope(bytes, physical)
  }
  const isKilled = (key: string, { version }: WireRecord) =>
    keyspace.registers.some((register) => compareVersions(rulingBy(register, key, nodes), version) >= 0)
  const says: string[] = []
  const alike = keys.filter((key) => {
    const owners = cluster.places.placement.replicasFor(key, cluster.parts.quorums.replicationFactor)
    const copies = owners.map((node) => recordOn(node, key))
    const standing = copies.reduce<WireRecord | undefined>(newestRecord, undefined)
    if (standing !== undefined && isKilled(key, standing)) return false
    const held = new Set(copies.map((copy) => (copy === undefined ? 'nothing' : formatVersion(copy.version))))
    if (held.size > 1) says.push(`copies were compared, and of ${key} there is ${[...held].join(', ')}`)
    return true
  })
  return { says, alike }
}

/** The newest version by which a register removed a key. */
function rulingBy(register: string, key: string, nodes: Nodes): Version {
  const { version } = newestUnder(register, nodes)
  if (!isAboutPrefixes(version)) return version
  const { bytes } = newestUnder(prefixListOf(register), nodes)
  const rules = bytes && decodePrefixes(decodeEnvelope(bytes, prefixListOf(register)).payload)
  return removedAt(key, rules ?? [])
}

function newestUnder(key: string, nodes: Nodes): { version: Version; bytes: Uint8Array | undefined } {
  let newest: { version: Version; bytes: Uint8Array | undefined } = { version: NO_VERSION, bytes: undefined }
  for (const node of nodes.values()) {
    const bytes = node.peek(key)
    const version = bytes && versionOf(bytes)
    if (version !== undefined && compareVersions(version, newest.version) > 0) newest = { version, bytes }
  }
  return newest
}

function newestRecord(a: WireRecord | undefined, b: WireRecord | undefined): WireRecord | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return compareVersions(a.version, b.version) >= 0 ? a : b
}
