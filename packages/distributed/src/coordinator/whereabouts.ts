/** What a physical key of one cache is, and so on which nodes it belongs. Pure names; the inverse of what keyspaces do. */

export type Whereabouts =
  /** A register lies on every node. */
  | { readonly kind: 'register' }
  /** A record lies on the replicas of the key as its user knows it. */
  | { readonly kind: 'record'; readonly path: string; readonly name: string }

/** What lies under a physical key, or `undefined` when it is not of the cache whose outermost namespace is `root`. */
export function whereaboutsOf(physical: string, root: string): Whereabouts | undefined {
  // What is known of transactions and loads belongs to the nodes that were told, and is forgotten soon.
  if (/^!(?:txn|lease):/.test(physical)) return undefined
  if (physical.startsWith('!')) {
    const [, path] = physical.split(':', 2)
    return path !== undefined && isWithin(path, root) ? { kind: 'register' } : undefined
  }
  // A path has no colon, so the first one ends it.
  const colon = physical.indexOf(':')
  if (colon < 0) return undefined
  const path = physical.slice(0, colon)
  return isWithin(path, root) ? { kind: 'record', path, name: physical.slice(colon + 1) } : undefined
}

/** Globs for SCAN that match at least a cache's registers, and at least its records. */
export function patternsOf(root: string): readonly [registers: string, records: string] {
  const glob = root.replace(/[\\*?[\]^-]/g, '\\$&')
  return [`!*:${glob}*`, `${glob}*:*`]
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`)
}
