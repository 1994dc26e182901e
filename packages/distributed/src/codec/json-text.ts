/** Values as JSON and back. A property called `__proto__` passes neither way: whoever copies such an object is changed by it. */

/** However it is escaped. */
const SUSPICIOUS =
  /"(?:_|\\u005[fF]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[fF])(?:t|\\u0074)(?:o|\\u006[fF])(?:_|\\u005[fF]){2}"\s*:/

/** @throws TypeError for what has no form in JSON */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value)
  if (text === undefined) throw new TypeError(`JSON has no form for a ${typeof value}`)
  if (SUSPICIOUS.test(text)) throw new TypeError("a property within it is called '__proto__'")
  return text
}

/** @throws SyntaxError, TypeError for what `toJson` does not write */
export function fromJson(text: string): unknown {
  if (SUSPICIOUS.test(text)) throw new TypeError("a property within it is called '__proto__'")
  return JSON.parse(text)
}
