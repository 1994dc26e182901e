/** Several nodes asked the same at once, until what they have answered is enough. */

/** What came in by then; whoever is in neither has not answered yet. */
export interface Gathered<R> {
  readonly answers: ReadonlyMap<string, R>
  readonly causes: ReadonlyMap<string, unknown>
}

/**
 * Resolves as soon as `isEnough`, or when everybody has answered or failed; answers that come later are not waited for.
 * Every question ends by its own deadline.
 */
export function gather<R>(
  nodes: readonly string[],
  ask: (node: string) => Promise<R>,
  isEnough: (answers: ReadonlyMap<string, R>) => boolean,
): Promise<Gathered<R>> {
  const answers = new Map<string, R>()
  const causes = new Map<string, unknown>()
  return new Promise((resolve) => {
    const look = () => {
      const isDone = answers.size + causes.size === nodes.length
      if (isDone || isEnough(answers)) resolve({ answers: new Map(answers), causes: new Map(causes) })
    }
    look()
    for (const node of nodes) {
      ask(node)
        .then(
          (answer) => answers.set(node, answer),
          (error) => causes.set(node, error),
        )
        .then(look)
    }
  })
}
