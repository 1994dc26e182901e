/** Whether a callback's answer is still to come. */

/** A promise of `answer` when it is a promise or a thenable of whatever kind, else `undefined`. */
export function asPromise(answer: unknown): Promise<unknown> | undefined {
  if (answer instanceof Promise) return answer
  if (answer === null || (typeof answer !== 'object' && typeof answer !== 'function')) return undefined
  return typeof (answer as { then?: unknown }).then === 'function' ? Promise.resolve(answer) : undefined
}
