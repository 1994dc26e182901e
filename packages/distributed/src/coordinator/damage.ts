/**
 * Damage that stands in a write's way: bytes whose version is out of all reason, and which their own checksum does not
 * vouch for. Nobody can read them, and nothing that is written is newer; they are removed, so that a write gets past them.
 * What is sound is never touched, however far ahead the clock of its writer was.
 */
import { DROP } from '../record/comparison-scripts.js'
import { decodeEnvelope, versionOf } from '../record/envelope.js'
import { compareVersions, makeVersion, type Version } from '../record/version.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import { isRegisterKey } from './register.js'
import { isSoundRegister } from './sound-registers.js'

/**
 * Looks at what lies under some keys on some nodes, and removes damage with a version later than `latest`. A node that does
 * not answer is passed over. False where something sound is as late, so that another try would meet it again.
 *
 * @param latest - ms since the epoch
 */
export async function removeDamage(
  cluster: Cluster,
  nodes: readonly string[],
  keys: readonly string[],
  latest: number,
  budget: Budget,
): Promise<boolean> {
  const limit = makeVersion(latest, 0, 0)
  const look = async (node: string): Promise<boolean> => {
    const held = await cluster.ask(node, () => cluster.verbs.read(node, keys, budget))
    const late = held.flatMap((bytes, i) => {
      const version = bytes === null ? undefined : versionOf(bytes)
      return version === undefined || compareVersions(version, limit) <= 0 ? [] : [[keys[i]!, bytes!, version] as const]
    })
    // What was damaged on its way only has another version there, and stays.
    const drop = (key: string, version: Version) =>
      cluster.ask(node, () => cluster.verbs.run(node, DROP, ['1', key, version], budget))
    await Promise.all(late.map(([key, bytes, version]) => (isSound(bytes, key) ? undefined : drop(key, version))))
    return late.every(([key, bytes]) => !isSound(bytes, key))
  }
  const outcomes = await Promise.allSettled(nodes.map(look))
  return outcomes.every((outcome) => outcome.status === 'rejected' || outcome.value)
}

function isSound(bytes: Uint8Array, key: string): boolean {
  if (isRegisterKey(key)) return isSoundRegister(bytes, key)
  try {
    decodeEnvelope(bytes, key)
    return true
  } catch {
    return false
  }
}
