import { describe, expect, it } from 'vitest'
import type { Call, CallKind } from './call.js'
import { staleReads } from './stale-reads.js'

const never = Number.POSITIVE_INFINITY

function call(kind: CallKind, value: string | undefined, start: number, end: number, more: Partial<Call> = {}): Call {
  const key = kind === 'clear' || kind === 'invalidate' ? undefined : 'k'
  const facts = {
    client: 'c',
    prefix: '',
    tags: [],
    life: never,
    startedAt: start,
    endedAt: end,
    budgets: 1,
    lag: 0,
    spare: 0,
  }
  return { kind, key, value, start, end, isVoid: false, error: undefined, isFinal: false, ...facts, ...more }
}

const rulesOf = (...calls: Call[]) => staleReads(calls).map(({ rule }) => rule)

describe('staleReads', () => {
  it('lets a read see the latest write, and one that overlaps it', () => {
    expect(rulesOf(call('write', 'a', 0, 1), call('write', 'b', 2, 5), call('read', 'a', 3, 4))).toEqual([])
    expect(rulesOf(call('write', 'a', 0, 1), call('write', 'b', 2, 5), call('read', 'b', 3, 4))).toEqual([])
  })

  it('finds a read of what was overwritten, and of nothing where something stood', () => {
    const writes = [call('write', 'a', 0, 1), call('write', 'b', 2, 3)]
    expect(rulesOf(...writes, call('read', 'a', 4, 5))).toEqual(['stale-read'])
    expect(rulesOf(...writes, call('read', undefined, 4, 5))).toEqual(['stale-read'])
  })

  it('does not take a write of unknown outcome for one that overwrote', () => {
    expect(rulesOf(call('write', 'a', 0, 1), call('write', 'b', 2, never), call('read', 'a', 4, 5))).toEqual([])
    expect(rulesOf(call('write', 'b', 2, never), call('write', 'a', 3, 4), call('read', 'b', 5, 6))).toEqual([])
  })

  it('finds what came back after a deletion, a clear or the invalidation of its tag', () => {
    const write = call('write', 'a', 0, 1, { tags: ['t'] })
    const read = call('read', 'a', 4, 5)
    expect(rulesOf(write, call('delete', undefined, 2, 3), read)).toEqual(['resurrection'])
    expect(rulesOf(write, call('clear', undefined, 2, 3), read)).toEqual(['resurrection'])
    expect(rulesOf(write, call('invalidate', undefined, 2, 3, { tags: ['t'] }), read)).toEqual(['resurrection'])
    expect(rulesOf(write, call('invalidate', undefined, 2, 3, { tags: ['u'] }), read)).toEqual([])
  })

  it('lets an invalidation explain absence only where something carried the tag', () => {
    const invalidation = call('invalidate', undefined, 2, 3, { tags: ['t'] })
    const read = call('read', undefined, 4, 5)
    expect(rulesOf(call('write', 'a', 0, 1, { tags: ['t'] }), invalidation, read)).toEqual([])
    expect(rulesOf(call('write', 'a', 0, 1), invalidation, read)).toEqual(['stale-read'])
    const tagged = call('write', 'a', -2, -1, { tags: ['t'] })
    expect(rulesOf(tagged, call('write', 'b', 0, 1), invalidation, read)).toEqual(['stale-read'])
  })

  it('holds a fill to the instant at which its load began', () => {
    const fill = call('fill', 'old', 0, never)
    expect(rulesOf(fill, call('write', 'new', 1, 2), call('read', 'old', 3, 4))).toEqual(['stale-fill'])
    expect(rulesOf(call('write', 'new', -2, -1), fill, call('read', 'old', 3, 4))).toEqual([])
    // Whether it was stored is not known: it overrules nothing.
    expect(rulesOf(call('write', 'new', -2, -1), fill, call('read', 'new', 3, 4))).toEqual([])
  })

  it('finds what nobody wrote, and what had expired', () => {
    expect(rulesOf(call('read', 'x', 0, 1))).toEqual(['invention'])
    const brief = call('write', 'a', 0, 1, { life: 10 })
    expect(rulesOf(brief, call('read', 'a', 9, 10))).toEqual([])
    expect(rulesOf(brief, call('read', 'a', 11, 12))).toEqual(['expired'])
    expect(rulesOf(brief, call('read', undefined, 11, 12))).toEqual([])
    expect(rulesOf(brief, call('read', undefined, 5, 6))).toEqual(['stale-read'])
    expect(staleReads([brief, call('read', 'a', 11, 12)], { skew: 5 })).toEqual([])
  })

  it('no longer counts on a deletion that may be forgotten', () => {
    const calls = [call('write', 'a', 0, 1), call('delete', undefined, 2, 3), call('read', 'a', 90, 100)]
    expect(staleReads(calls, { tombstoneLife: 99 })).toHaveLength(1)
    expect(staleReads(calls, { tombstoneLife: 98 })).toEqual([])
  })

  it('ignores what certainly did nothing', () => {
    expect(rulesOf(call('write', 'a', 0, 1, { isVoid: true }), call('read', undefined, 2, 3))).toEqual([])
  })
})
