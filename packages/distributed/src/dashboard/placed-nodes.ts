/** Between which nodes the keys of a cache lie, and in what shares: as the nodes themselves say, else as those who ask were told. */
import type { ReplicaVerbs } from '../coordinator/replica-verbs.js'
import { decodeMembers, type Members } from '../membership/members.js'
import { membersRegister } from '../membership/members-register.js'
import type { PlacedNode } from '../placement/placement.js'
import { decodeEnvelope } from '../record/envelope.js'
import { compareVersions, NO_VERSION, type Version } from '../record/version.js'
import type { ReplicaTransport, SendOptions } from '../transport/replica-transport.js'

/** Never rejects: who does not answer says nothing. */
export async function placedNodes(
  transport: ReplicaTransport,
  verbs: Pick<ReplicaVerbs, 'read'>,
  known: readonly PlacedNode[],
  root: string,
  options: SendOptions,
): Promise<readonly PlacedNode[]> {
  const key = membersRegister(root)
  let newest: { readonly version: Version; readonly members: Members | undefined } = {
    version: NO_VERSION,
    members: undefined,
  }
  const look = async ({ id }: PlacedNode) => {
    const [bytes] = await verbs.read(id, [key], options)
    if (bytes == null) return
    const { version, payload } = decodeEnvelope(bytes, key, id)
    if (compareVersions(version, newest.version) > 0) newest = { version, members: decodeMembers(payload) }
  }
  await Promise.allSettled(known.map(look))
  const { members } = newest
  if (members === undefined) return known
  for (const { id } of members.nodes) transport.admit?.(id)
  return members.nodes
}
