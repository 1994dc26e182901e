/** What a checker found broken. */

/** Which promise was broken. */
export type Rule =
  /** A read saw what was overwritten before it began. */
  | 'stale-read'
  /** A read saw what was deleted, cleared or invalidated before it began. */
  | 'resurrection'
  /** A read saw a loaded value whose key was changed after the load had begun. */
  | 'stale-fill'
  /** A read saw what nobody wrote. */
  | 'invention'
  /** A read saw what had expired. */
  | 'expired'
  /** No order of the calls on a key explains what they saw. */
  | 'linearizability'
  /** After healing, clients or replicas disagree. */
  | 'convergence'
  /** A call ended after its deadline, or never. */
  | 'deadline'
  /** Two clients loaded a key at the same time, where one was to load it for all. */
  | 'double-load'
  /** A promise was rejected and nobody knew. */
  | 'rejection'
  /** A call failed with something other than what callers are told to expect. */
  | 'error'

export interface Violation {
  readonly rule: Rule
  /** One sentence. */
  readonly says: string
}
