/** A failure as an attribute: of what kind it is. Messages are left out, for they quote keys. */

/** `error.type` of OpenTelemetry's conventions: the error's code, else its name; `undefined` where nothing failed. */
export function errorType(error: unknown): string | undefined {
  if (error === undefined) return undefined
  if (typeof error !== 'object' || error === null) return typeof error
  const { code, name } = error as { code?: unknown; name?: unknown }
  if (typeof code === 'string' && code !== '') return code
  return typeof name === 'string' && name !== '' ? name : '_OTHER'
}
