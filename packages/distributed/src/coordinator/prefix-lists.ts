/**
 * The lists of prefixes that nodes hold for a namespace, as one client reads them and gives them to others. A list counts
 * where it has the version of its register, for both are written together. Decides nothing.
 */
import { decodeEnvelope, encodeEnvelope, versionOf } from '../record/envelope.js'
import { decodePrefixes, encodePrefixes, type PrefixRule } from '../record/prefix-list.js'
import { compareVersions, isAboutPrefixes, NO_VERSION, type Version } from '../record/version.js'
import { tombstoneOf } from '../record/wire-record.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import { prefixListOf } from './register.js'
import type { StoreRequest } from './replica-verbs.js'

/** What a node shows of a namespace's register. */
export interface HeldRules {
  /** Of the register; `NO_VERSION` when there is none. */
  readonly version: Version
  /** `undefined` where it is not about prefixes, or its list was lost. */
  readonly rules: readonly PrefixRule[] | undefined
}

/** What bytes under a register and its list say. */
export function heldRules(register: string, bytes: Uint8Array | null, listBytes: Uint8Array | null): HeldRules {
  const version = (bytes === null ? undefined : versionOf(bytes)) ?? NO_VERSION
  const none = { version, rules: undefined }
  if (listBytes === null || !isAboutPrefixes(version)) return none
  try {
    const { version: listed, payload } = decodeEnvelope(listBytes, prefixListOf(register))
    return compareVersions(listed, version) === 0 ? { version, rules: decodePrefixes(payload) } : none
  } catch {
    // Damaged is as good as lost.
    return none
  }
}

/** What has a node merge a list with its own. */
export function listRequest(register: string, version: Version, rules: readonly PrefixRule[]): StoreRequest {
  const key = prefixListOf(register)
  const record = { ...tombstoneOf(version, 0), payload: encodePrefixes(rules) }
  return { key, envelope: encodeEnvelope(record, key), forgetAt: 0, registers: [] }
}

/** @param beside - a key that is read by the same copy of the register, where a node has several */
export async function readRules(
  cluster: Cluster,
  node: string,
  register: string,
  beside: string,
  budget: Budget,
): Promise<HeldRules> {
  const keys = [register, prefixListOf(register)]
  const [bytes, list] = await cluster.ask(node, () => cluster.verbs.read(node, keys, budget, beside))
  return heldRules(register, bytes!, list!)
}

/** The request by which others learn what `node` knows; `undefined` where its register is not about prefixes any more, or it lost its list. */
export async function listHeldBy(
  cluster: Cluster,
  node: string,
  register: string,
  budget: Budget,
): Promise<StoreRequest | undefined> {
  const { version, rules } = await readRules(cluster, node, register, register, budget)
  return rules && listRequest(register, version, rules)
}
