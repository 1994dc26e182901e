/** A refused value as an error message shows it. Knows no option and no cache. */

const MAX_LENGTH = 80

/** Strings in quotes, objects as JSON, long ones cut; never throws, whatever a getter or `toJSON` does. */
export function quoted(value: unknown): string {
  const text = rendered(value)
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text
}

function rendered(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return 'a function'
  if (Object.is(value, -0)) return '-0'
  try {
    if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? `${value}n` : String(value)
    return JSON.stringify(value) ?? 'an object'
  } catch {
    return 'an object'
  }
}
