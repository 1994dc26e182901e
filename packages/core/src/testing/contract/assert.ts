/** The few assertions that the contract needs, so that it runs under any test runner. Knows no cache. */
import { quoted } from '../../quoted.js'

/** A promise of the contract was not kept. */
export class ContractViolation extends Error {
  override readonly name = 'ContractViolation'
}

/** Constructors of the errors that the contract promises. */
export type ErrorType = abstract new (...args: never[]) => Error

/** @throws ContractViolation unless equal by value, down to the leaves; `NaN` equals itself */
export function equal(actual: unknown, expected: unknown, what: string): void {
  if (!isEqual(actual, expected)) {
    throw new ContractViolation(`${what}: expected ${show(expected)}, got ${show(actual)}`)
  }
}

/** @throws ContractViolation unless both hold equal elements, in whatever order */
export function equalInAnyOrder(actual: readonly unknown[], expected: readonly unknown[], what: string): void {
  const left = [...expected]
  for (const element of actual) {
    const index = left.findIndex((candidate) => isEqual(element, candidate))
    if (index < 0) throw new ContractViolation(`${what}: ${show(element)} was not expected, among ${show(actual)}`)
    left.splice(index, 1)
  }
  if (left.length > 0) throw new ContractViolation(`${what}: ${show(left)} did not come`)
}

/**
 * @param facts - fields that the error must have, such as its `code`
 * @throws ContractViolation unless the call answers a promise that rejects with such an error
 */
export async function rejects(
  call: () => Promise<unknown>,
  type: ErrorType,
  what: string,
  facts: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  let answer: Promise<unknown>
  try {
    answer = call()
  } catch (error) {
    throw new ContractViolation(`${what}: threw ${show(error)} at once instead of answering a promise that rejects`)
  }
  let value: unknown
  try {
    value = await answer
  } catch (error) {
    return isSuch(error, type, facts, what)
  }
  throw new ContractViolation(`${what}: expected ${type.name}, got the answer ${show(value)}`)
}

/** @throws ContractViolation unless the call throws such an error at once */
export function throws(call: () => unknown, type: ErrorType, what: string): void {
  let value: unknown
  try {
    value = call()
  } catch (error) {
    return isSuch(error, type, {}, what)
  }
  throw new ContractViolation(`${what}: expected ${type.name}, got the answer ${show(value)}`)
}

/** @throws ContractViolation unless the promise rejects with this very value */
export async function rejectsWith(answer: Promise<unknown>, reason: unknown, what: string): Promise<void> {
  let value: unknown
  try {
    value = await answer
  } catch (error) {
    if (error === reason) return
    throw new ContractViolation(`${what}: expected the rejection ${show(reason)}, got ${show(error)}`)
  }
  throw new ContractViolation(`${what}: expected the rejection ${show(reason)}, got the answer ${show(value)}`)
}

function isSuch(error: unknown, type: ErrorType, facts: Readonly<Record<string, unknown>>, what: string): void {
  if (!(error instanceof type)) {
    throw new ContractViolation(`${what}: expected ${type.name}, got ${show(error)}`)
  }
  for (const [name, fact] of Object.entries(facts)) {
    equal((error as unknown as Record<string, unknown>)[name], fact, `${what}: ${name} of ${type.name}`)
  }
}

function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.prototype.toString.call(a) !== Object.prototype.toString.call(b)) return false
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime())
  if (a instanceof Map || a instanceof Set) return isEqual([...a], [...(b as Iterable<unknown>)])
  const [names, others] = [Object.keys(a), Object.keys(b)]
  return (
    names.length === others.length &&
    names.every((name) => Object.hasOwn(b, name) && isEqual(Reflect.get(a, name), Reflect.get(b, name)))
  )
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  if (value instanceof Map) return `Map ${quoted([...value])}`
  return quoted(value)
}
