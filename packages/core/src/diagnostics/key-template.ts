/** Keys as diagnostics show them: what kind of key it is, and not whose. Pure. */

// A first part of letters, as in 'user:123' or 'session/ab12': what kind of thing it is. Everything after it may be an id, a
// name or an address, so nothing of that is shown.
const KIND = /^([A-Za-z][A-Za-z_-]{0,31})[:/|#.]/

/**
 * The template of a key: its kind and a star (`'user:123'` → `'user:*'`), or a star alone where no kind can be told. Few for
 * many keys, so that metrics and traces can be grouped by it, and without what is personal in a key.
 */
export function keyTemplate(key: string): string {
  const kind = KIND.exec(key)
  return kind === null ? '*' : `${kind[0]}*`
}
