import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Call, CallKind } from './call.js'
import { nonLinearizable } from './linearizability.js'

/** A call on the one key. */
function call(kind: CallKind, value: string | undefined, start: number, end: number, tags: string[] = []): Call {
  const key = kind === 'clear' || kind === 'invalidate' ? undefined : 'k'
  const facts = {
    client: 'c',
    prefix: '',
    life: Number.POSITIVE_INFINITY,
    startedAt: start,
    endedAt: end,
    budgets: 1,
    lag: 0,
    spare: 0,
  }
  return { kind, key, value, tags, start, end, isVoid: false, error: undefined, isFinal: false, ...facts }
}

/**
 * The dumb twin: every order of every choice of those that need not have happened.
 *
 * @param since - what came in the order since something stands, where that is a fill
 */
function hasOrder(calls: readonly Call[], standing?: Call, since: readonly Call[] = [], all = calls): boolean {
  if (calls.every((each) => each.end === Number.POSITIVE_INFINITY)) return true
  return calls.some((next) => {
    // Whoever ended before another began comes first.
    if (calls.some((other) => other !== next && other.end < next.start)) return false
    const rest = calls.filter((other) => other !== next)
    if (next.kind === 'read') return next.value === standing?.value && hasOrder(rest, standing, [...since, next], all)
    if (next.kind === 'write') {
      // Its tag is invalidated meanwhile.
      const mayDie = all.some(
        (other) =>
          other.kind === 'invalidate' &&
          next.tags.includes(other.tags[0]!) &&
          Math.max(other.start, next.start) <= Math.min(other.end, next.end),
      )
      return hasOrder(rest, next, [], all) || (mayDie && hasOrder(rest, undefined, [], all))
    }
    if (next.kind === 'fill') {
      // Of two loads of one absence, one may replace the other, unless that was seen before it began.
      const isRival = standing?.kind === 'fill' && since.every(({ end }) => end > next.start)
      return (standing === undefined || isRival) && hasOrder(rest, next, isRival ? since : [], all)
    }
    if (next.kind === 'invalidate' && !standing?.tags.includes(next.tags[0]!)) {
      return hasOrder(rest, standing, [...since, next], all)
    }
    return hasOrder(rest, undefined, [], all)
  })
}

const KINDS: readonly CallKind[] = [
  ...(['read', 'read', 'read', 'read', 'write', 'write', 'delete', 'clear', 'invalidate'] as const),
  ...(['fill', 'fill'] as const),
]

const histories = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...KINDS),
      from: fc.nat(40),
      length: fc.nat(20),
      isUnknown: fc.boolean(),
      seen: fc.nat(6),
      isTagged: fc.boolean(),
    }),
    { maxLength: 6 },
  )
  .map((drawn) =>
    drawn.map(({ kind, from, length, isUnknown, seen, isTagged }, i) => {
      const start = from + i / 100
      const isOpen = kind === 'fill' || (kind !== 'read' && isUnknown)
      const end = isOpen ? Number.POSITIVE_INFINITY : start + length + 0.005
      const value = kind === 'read' ? (seen === 6 ? undefined : `v${seen}`) : `v${i}`
      const isWrite = kind === 'write' || kind === 'fill' || kind === 'read'
      return call(kind, isWrite ? value : undefined, start, end, kind === 'invalidate' || isTagged ? ['t'] : [])
    }),
  )

describe('nonLinearizable', () => {
  it('law: it finds a history broken exactly if no order explains it', () => {
    fc.assert(
      fc.property(histories, (calls) => {
        expect(nonLinearizable([call('write', 'w', -2, -1), ...calls]).length === 0).toBe(
          hasOrder([call('write', 'w', -2, -1), ...calls]),
        )
      }),
      { numRuns: 3000 },
    )
  })

  it('lets overlapping calls be ordered either way, and none that follow each other', () => {
    expect(nonLinearizable([call('write', 'v', 0, 5), call('read', undefined, 1, 2), call('read', 'v', 3, 4)])).toEqual(
      [],
    )
    const inverted = [call('write', 'v', 0, 5), call('read', 'v', 1, 2), call('read', undefined, 3, 4)]
    expect(nonLinearizable(inverted)).toMatchObject([{ rule: 'linearizability' }])
  })

  it('takes a write of unknown outcome for one that may happen late, or never', () => {
    const lost = call('write', 'lost', 0, Number.POSITIVE_INFINITY)
    expect(nonLinearizable([lost, call('read', undefined, 1, 2), call('read', 'lost', 3, 4)])).toEqual([])
    expect(nonLinearizable([lost, call('read', undefined, 1, 2), call('read', undefined, 3, 4)])).toEqual([])
    expect(nonLinearizable([lost, call('read', 'lost', 1, 2), call('read', undefined, 3, 4)])).toHaveLength(1)
  })

  it('lets a load take the place of another one that was under way with it, and of none that was read before it began', () => {
    const [first, second] = [
      call('fill', 'a', 0, Number.POSITIVE_INFINITY),
      call('fill', 'b', 3, Number.POSITIVE_INFINITY),
    ]
    const after = [call('read', 'a', 4, 5), call('read', 'b', 6, 7)]
    expect(nonLinearizable([first, second, ...after])).toEqual([])
    expect(nonLinearizable([first, second, ...after, call('read', 'a', 8, 9)])).toHaveLength(1)
    expect(nonLinearizable([first, call('read', 'a', 1, 2), second, ...after])).toHaveLength(1)
  })

  it('lets a write whose tag is invalidated meanwhile leave nothing, and no other', () => {
    const old = call('write', 'old', 0, 1)
    const write = call('write', 'new', 4, 20, ['t'])
    const after = [call('read', 'old', 10, 11), call('read', undefined, 21, 22)]
    const invalidated = (start: number, end: number) => call('invalidate', undefined, start, end, ['t'])
    expect(nonLinearizable([old, invalidated(5, 6), write, ...after])).toEqual([])
    expect(nonLinearizable([old, invalidated(2, 3), write, ...after])).toHaveLength(1)
    expect(nonLinearizable([old, write, ...after])).toHaveLength(1)
  })

  it('judges each key by itself', () => {
    const elsewhere = { ...call('write', 'v', 0, 1), key: 'other' }
    expect(nonLinearizable([elsewhere, call('read', undefined, 2, 3)])).toEqual([])
  })
})
