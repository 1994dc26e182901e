import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Call, CallKind } from './call.js'
import { nonLinearizable } from './linearizability.js'

/** A call on the one key. */
function call(kind: CallKind, value: string | undefined, start: number, end: number, tags: string[] = []): Call {
  const key = kind === 'clear' || kind === 'invalidate' ? undefined : 'k'
  const facts = {
    client: 'c',
    life: Number.POSITIVE_INFINITY,
    startedAt: start,
    endedAt: end,
    budgets: 1,
    lag: 0,
    spare: 0,
  }
  return { kind, key, value, tags, start, end, isVoid: false, error: undefined, isFinal: false, ...facts }
}

/** The dumb twin: every order of every choice of those that need not have happened. */
function hasOrder(calls: readonly Call[], standing: Call | undefined = undefined): boolean {
  if (calls.every((each) => each.end === Number.POSITIVE_INFINITY)) return true
  return calls.some((next) => {
    // Whoever ended before another began comes first.
    if (calls.some((other) => other !== next && other.end < next.start)) return false
    const rest = calls.filter((other) => other !== next)
    if (next.kind === 'read') return next.value === standing?.value && hasOrder(rest, standing)
    if (next.kind === 'write') return hasOrder(rest, next)
    if (next.kind === 'fill') return standing === undefined && hasOrder(rest, next)
    if (next.kind === 'invalidate') return hasOrder(rest, standing?.tags.includes(next.tags[0]!) ? undefined : standing)
    return hasOrder(rest, undefined)
  })
}

const KINDS: readonly CallKind[] = ['read', 'read', 'read', 'write', 'write', 'delete', 'clear', 'invalidate', 'fill']

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

  it('judges each key by itself', () => {
    const elsewhere = { ...call('write', 'v', 0, 1), key: 'other' }
    expect(nonLinearizable([elsewhere, call('read', undefined, 2, 3)])).toEqual([])
  })
})
