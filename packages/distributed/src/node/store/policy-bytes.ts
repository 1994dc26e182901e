/** What the policies that ship keep of an entry, for counting memory. A test holds these against the policies. */
import { EvictionPolicy, type PolicyFactory } from '@mtaio/policies'

const BYTES: Readonly<Record<EvictionPolicy, number>> = {
  [EvictionPolicy.LRU]: 8,
  [EvictionPolicy.FIFO]: 8,
  [EvictionPolicy.LFU]: 16,
  [EvictionPolicy.SIEVE]: 9,
  [EvictionPolicy.S3FIFO]: 34,
  [EvictionPolicy.WTinyLFU]: 36,
  [EvictionPolicy.ADAPTIVE]: 29,
}
/** What is reckoned for a policy of the user's own. */
const UNKNOWN = 16

/** Bytes that a policy keeps by slot. */
export function policyBytes(policy: EvictionPolicy | PolicyFactory): number {
  return typeof policy === 'string' ? BYTES[policy] : UNKNOWN
}
