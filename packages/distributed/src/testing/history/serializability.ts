/**
 * Whether one order of all transactions explains what each of them saw: strictly, so that one which ended before another
 * began comes first. What failed with an outcome unknown may be in that order anywhere after its beginning, or not at all.
 * A search for such an order, with the states that were in vain remembered; for histories of some dozens.
 */

/** One transaction, or a plain write. All of it happens at once. */
export interface Transacted {
  readonly name: string
  /** What it saw before it wrote; `undefined` is absence. */
  readonly reads: ReadonlyMap<string, string | undefined>
  /** What it left behind. */
  readonly writes: ReadonlyMap<string, string | undefined>
  readonly start: number
  /** `Infinity` where the outcome is unknown. */
  end: number
  /** Where the outcome is unknown: nothing that began after this instant comes before it. @defaultValue `Infinity` */
  until?: number
}

/** The order as names, or `undefined` where there is none. */
export function serialOrder(history: readonly Transacted[]): string[] | undefined {
  const inVain = new Set<string>()
  const done = new Array<boolean>(history.length).fill(false)
  const state = new Map<string, string | undefined>()
  const order: string[] = []

  const latestBegun = () => Math.max(-1, ...history.map(({ start }, index) => (done[index] ? start : -1)))
  const isNext = (index: number) => {
    const { start, reads, until = Number.POSITIVE_INFINITY } = history[index]!
    if (until < latestBegun()) return false
    for (const [key, value] of reads) if (state.get(key) !== value) return false
    return history.every(({ end }, other) => done[other] || end >= start)
  }
  const search = (): boolean => {
    if (history.every(({ end }, index) => done[index] || end === Number.POSITIVE_INFINITY)) return true
    const here = `${done.map(Number).join('')} ${[...state].sort().join(' ')}`
    if (inVain.has(here)) return false
    // Those that are known to have happened first: the others are needed only where they do not suffice.
    const candidates = [...history.keys()].filter((index) => !done[index] && isNext(index))
    candidates.sort((a, b) => history[a]!.end - history[b]!.end)
    for (const index of candidates) {
      const { name, writes } = history[index]!
      const before = [...writes.keys()].map((key) => [key, state.get(key)] as const)
      done[index] = true
      order.push(name)
      for (const [key, value] of writes) state.set(key, value)
      if (search()) return true
      for (const [key, value] of before) state.set(key, value)
      order.pop()
      done[index] = false
    }
    inVain.add(here)
    return false
  }
  return search() ? order : undefined
}
