/**
 * Whether each key is an atomic register: whether one order of all calls on it explains what every read saw, an order in
 * which a call that ended before another began comes before it (M. Herlihy, J. Wing: Linearizability, 1990).
 *
 * Intuition. Walk through the history in time and keep every state in which the register may be. A call may take effect
 * at any moment between its beginning and its end; it is made to only when it ends, and whatever else is under way may
 * take effect just before it. What is left when a call ends are the states in which it has taken effect; when none is
 * left, no order explains the history, and that call is the one to look at.
 *
 * Structure. A *configuration* is the value that stands and which of the calls under way have taken effect. A set of
 * configurations, told apart by that, is carried from instant to instant.
 *
 * Reads change nothing: one that can take effect does so at once, since it never does so better later.
 *
 * Unknown outcomes. A write that failed is under way for ever and may take effect at any later time, or never. One whose
 * value nobody read is left out: where it takes no effect it explains as much, unless a tag of its own could have made
 * nothing of what stood before it. A fill need not take effect, and may only where nothing stands, or another fill that
 * took effect when it was under way already: both found the key absent. A write whose tag is invalidated meanwhile may leave
 * nothing, also where it takes effect after that: an invalidation is not of one key, and nobody waits for it to be everywhere.
 *
 * Cost. Exponential in the number of calls under way at one moment, linear in the length of the history (the problem is
 * NP-complete in the former). More than `MOST_CONFIGURATIONS` is given up with an error, never taken for a proof.
 *
 * G. Lowe: Testing for linearizability. Concurrency and Computation 29(4), 2017 (just-in-time linearization).
 * J. Wing, C. Gong: Testing and verifying concurrent objects. JPDC 17, 1993.
 */
import { type Call, callsOn, describeCall, hasSaid, keysIn } from './call.js'
import type { Violation } from './violation.js'

const MOST_CONFIGURATIONS = 200_000
const NONE: readonly number[] = []

/** The keys whose history no order of the calls explains. @throws RangeError when too many calls overlap to tell */
export function nonLinearizable(calls: readonly Call[]): Violation[] {
  return keysIn(calls).flatMap((key) => {
    const unexplained = unexplainedOn(key, calls)
    if (unexplained === undefined) return []
    const says = `${key}: no order of the calls explains ${describeCall(unexplained)}`
    return [{ rule: 'linearizability', says } as const]
  })
}

/** The first call whose end no order explains. */
function unexplainedOn(key: string, calls: readonly Call[]): Call | undefined {
  const all = callsOn(key, calls).filter(hasSaid)
  const readValues = new Set(all.map(({ kind, value }) => (kind === 'read' ? value : undefined)))
  const invalidated = new Set(all.flatMap(({ kind, tags }) => (kind === 'invalidate' ? tags : [])))
  const concerned = all.filter(({ kind, end, value, tags }) => {
    const isOptional = end === Number.POSITIVE_INFINITY || kind === 'fill'
    return !isOptional || value === undefined || readValues.has(value) || tags.some((tag) => invalidated.has(tag))
  })
  const register = new Register(concerned)
  const instants = concerned
    .flatMap((call) => [
      { at: call.start, call, isStart: true },
      { at: call.end, call, isStart: false },
    ])
    .filter(({ at }) => at < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.at - b.at)
  for (const { call, isStart } of instants) {
    if (isStart) register.begin(call)
    else if (!register.end(call)) return call
  }
  return undefined
}

interface Configuration {
  /** The write that stands: an index, -1 for nothing. */
  readonly standing: number
  /** Where that is a fill, the other ones that were under way when the first of them took effect. */
  readonly rivals: readonly number[]
  /** Calls under way that have taken effect, ascending. */
  readonly done: readonly number[]
}

class Register {
  private configurations: Configuration[] = [{ standing: -1, rivals: NONE, done: NONE }]
  /** Calls that change something, and reads. */
  private readonly changing = new Set<number>()
  private readonly reading = new Set<number>()
  private readonly indices: ReadonlyMap<Call, number>

  constructor(private readonly calls: readonly Call[]) {
    this.indices = new Map(calls.map((call, i) => [call, i]))
  }

  begin(call: Call): void {
    const index = this.indices.get(call)!
    if (call.kind !== 'read') {
      this.changing.add(index)
      return
    }
    this.reading.add(index)
    for (const [i, each] of this.configurations.entries()) {
      if (this.sees(index, each.standing)) this.configurations[i] = { ...each, done: withOne(each.done, index) }
    }
  }

  /** Keeps the states in which `call` has taken effect; false when there is none. */
  end(call: Call): boolean {
    const ending = this.indices.get(call)!
    const isRead = call.kind === 'read'
    // Mostly it has, in all of them, and nothing has to be told apart.
    const kept = this.configurations.filter(({ done }) => done.includes(ending))
    const reached = new Map<string, Configuration>()
    const keep = (configuration: Configuration) => {
      const without = { ...configuration, done: configuration.done.filter((i) => i !== ending) }
      reached.set(nameOf(without), without)
    }
    for (const each of kept) keep(each)
    const open = this.configurations.filter(({ done }) => !done.includes(ending))
    const met = new Set(open.map(nameOf))
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const after of this.successors(next)) {
        if (after.done.includes(ending)) {
          keep(after)
          continue
        }
        const name = nameOf(after)
        if (met.has(name)) continue
        met.add(name)
        if (met.size > MOST_CONFIGURATIONS) {
          throw new RangeError(
            'too many calls overlap to tell whether the history is linearizable: record fewer at once',
          )
        }
        open.push(after)
      }
    }
    if (isRead) this.reading.delete(ending)
    else this.changing.delete(ending)
    this.configurations = [...reached.values()]
    return reached.size > 0
  }

  private *successors(configuration: Configuration): Iterable<Configuration> {
    const { standing, rivals, done } = configuration
    for (const i of this.changing) {
      if (done.includes(i)) continue
      for (const next of this.afterCall(i, configuration)) {
        const left =
          standing >= 0 && rivals.includes(i) ? rivals.filter((rival) => rival !== i) : this.rivalsOf(i, done)
        let after = withOne(done, i)
        if (next !== standing) {
          for (const read of this.reading) {
            if (!after.includes(read) && this.sees(read, next)) after = withOne(after, read)
          }
        }
        yield { standing: next, rivals: next === standing ? rivals : left, done: after }
      }
    }
  }

  /** The other fills under way, if call `i` is one. */
  private rivalsOf(i: number, done: readonly number[]): readonly number[] {
    if (this.calls[i]!.kind !== 'fill') return NONE
    const isRival = (other: number) => other !== i && this.calls[other]!.kind === 'fill' && !done.includes(other)
    return [...this.changing].filter(isRival)
  }

  /** What may stand once call `i` takes effect. */
  private afterCall(i: number, { standing, rivals }: Configuration): readonly number[] {
    const call = this.calls[i]!
    const { kind, tags } = call
    if (kind === 'write') return this.mayBeBornDead(call) ? [i, -1] : [i]
    if (kind === 'fill') return standing < 0 || rivals.includes(i) ? [i] : NONE
    if (kind === 'invalidate') return [this.calls[standing]?.tags.includes(tags[0]!) === true ? -1 : standing]
    return [-1]
  }

  /** Whether a tag of what is written was invalidated meanwhile: it may come to stand after that, and be dead by it. */
  private mayBeBornDead({ start, end, tags }: Call): boolean {
    if (tags.length === 0) return false
    return this.calls.some(
      (other) =>
        other.kind === 'invalidate' && tags.includes(other.tags[0]!) && other.end >= start && other.start <= end,
    )
  }

  private sees(read: number, standing: number): boolean {
    return this.calls[read]!.value === this.calls[standing]?.value
  }
}

/** With one more, ascending. */
function withOne(sorted: readonly number[], one: number): readonly number[] {
  const all: number[] = []
  let i = 0
  while (i < sorted.length && sorted[i]! < one) all.push(sorted[i++]!)
  all.push(one)
  while (i < sorted.length) all.push(sorted[i++]!)
  return all
}

function nameOf({ standing, rivals, done }: Configuration): string {
  return `${standing} ${rivals.join(' ')}/${done.join(' ')}`
}
