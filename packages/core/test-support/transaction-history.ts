/**
 * Transactions over one cache as a history, and whether it can be explained: by some order in which the committed ones ran
 * one after another, each seeing what those before it left. An order by trying all of them: slow, and plainly right.
 */

export type Step =
  | { readonly kind: 'get' | 'has' | 'delete'; readonly key: string }
  | { readonly kind: 'set'; readonly key: string; readonly value: number }

/** A step and what it answered. */
export type Taken = Step & { readonly answer: unknown }

export interface Committed {
  /** When it was opened and when it had committed, in the order of events. */
  readonly began: number
  readonly ended: number
  readonly steps: readonly Taken[]
}

type State = ReadonlyMap<string, number>

/** Whether some order explains what all of them were answered, and the state at the end. */
export function isSerializable(history: readonly Committed[], end: State): boolean {
  const left = new Set(history)
  const search = (state: State): boolean => {
    if (left.size === 0) return sameState(state, end)
    for (const next of [...left]) {
      // Who had committed before another was opened comes before it.
      if ([...left].some((other) => other !== next && other.ended < next.began)) continue
      const after = replay(next.steps, state)
      if (after === undefined) continue
      left.delete(next)
      if (search(after)) return true
      left.add(next)
    }
    return false
  }
  return search(new Map())
}

/** The state after these steps, or `undefined` if they would have been answered otherwise. */
function replay(steps: readonly Taken[], before: State): State | undefined {
  const state = new Map(before)
  for (const step of steps) {
    const answer = step.kind === 'get' ? state.get(step.key) : step.kind === 'set' ? undefined : state.has(step.key)
    if (answer !== step.answer) return undefined
    if (step.kind === 'set') state.set(step.key, step.value)
    if (step.kind === 'delete') state.delete(step.key)
  }
  return state
}

function sameState(a: State, b: State): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
}
