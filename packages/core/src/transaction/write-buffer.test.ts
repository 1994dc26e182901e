import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WriteBuffer } from './write-buffer.js'

const options = (ttlMs: number) => ({ ttlMs, tags: ['t'], weight: 2 })

describe('WriteBuffer', () => {
  it('knows nothing at first and shows what stands outside', () => {
    const buffer = new WriteBuffer<number>()
    expect(buffer.size).toBe(0)
    expect(buffer.knows('k')).toBe(false)
    expect(buffer.view('k', 7)).toBe(7)
    expect(buffer.view('k', undefined)).toBe(undefined)
  })

  it('a touch of a staged value restarts its life and keeps the rest', () => {
    const buffer = new WriteBuffer<number>()
    buffer.stageSet('k', 1, options(10))
    buffer.stageTouch('k', 99)
    expect([...buffer.writes()]).toEqual([['k', { kind: 'set', value: 1, ttlMs: 99, tags: ['t'], weight: 2 }]])
  })

  it('a touch of a staged delete leaves it deleted', () => {
    const buffer = new WriteBuffer<number>()
    buffer.stageDelete('k')
    buffer.stageTouch('k', 99)
    expect([...buffer.writes()]).toEqual([['k', { kind: 'delete' }]])
  })

  it('a touch alone shows what stands outside, which it needs', () => {
    const buffer = new WriteBuffer<number>()
    buffer.stageTouch('k', 5)
    expect(buffer.knows('k')).toBe(false)
    expect(buffer.view('k', 7)).toBe(7)
    expect(buffer.size).toBe(1)
  })

  it('falsy values are values', () => {
    const buffer = new WriteBuffer<unknown>()
    for (const value of [null, 0, '', false]) {
      buffer.stageSet('k', value, options(1))
      expect(buffer.view('k', 'outside')).toBe(value)
      expect(buffer.knows('k')).toBe(true)
    }
  })

  it('clear forgets everything', () => {
    const buffer = new WriteBuffer<number>()
    buffer.stageSet('k', 1, options(1))
    buffer.clear()
    expect(buffer.size).toBe(0)
    expect(buffer.view('k', 7)).toBe(7)
  })

  it('law: staged writes seen over a store, and then applied to it, are the same as the writes done one by one', () => {
    interface Entry {
      value: number
      ttlMs: number
    }
    const key = fc.constantFrom('a', 'b', 'c', '__proto__')
    const operation = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), key, value: fc.integer(), ttlMs: fc.nat() }),
      fc.record({ kind: fc.constant('delete' as const), key }),
      fc.record({ kind: fc.constant('touch' as const), key, ttlMs: fc.nat() }),
    )
    const before = fc.array(fc.tuple(key, fc.record({ value: fc.integer(), ttlMs: fc.nat() })))
    fc.assert(
      fc.property(before, fc.array(operation), (entries, operations) => {
        const outside = new Map<string, Entry>(entries)
        const model = new Map<string, Entry>([...outside].map(([k, entry]) => [k, { ...entry }]))
        const lastWord: string[] = []
        const buffer = new WriteBuffer<number>()
        for (const each of operations) {
          const there = buffer.view(each.key, outside.get(each.key)?.value) !== undefined
          expect(there).toBe(model.has(each.key))
          if (each.kind === 'set') {
            buffer.stageSet(each.key, each.value, { ttlMs: each.ttlMs, tags: undefined, weight: undefined })
            model.set(each.key, { value: each.value, ttlMs: each.ttlMs })
          } else if (each.kind === 'delete') {
            buffer.stageDelete(each.key)
            model.delete(each.key)
          } else {
            if (there) buffer.stageTouch(each.key, each.ttlMs)
            if (model.has(each.key)) model.get(each.key)!.ttlMs = each.ttlMs
          }
          if (each.kind !== 'touch' || there) lastWord.push(each.key)
          for (const k of ['a', 'b', 'c', '__proto__']) {
            expect(buffer.view(k, outside.get(k)?.value)).toBe(model.get(k)?.value)
            if (buffer.knows(k)) expect(buffer.view(k, -1)).toBe(model.get(k)?.value)
          }
        }
        const inOrder = [...new Set(lastWord.reverse())].reverse()
        expect([...buffer.writes()].map(([k]) => k)).toEqual(inOrder)
        expect(buffer.size).toBe(inOrder.length)

        const applied = new Map(outside)
        for (const [k, write] of buffer.writes()) {
          if (write.kind === 'set') applied.set(k, { value: write.value, ttlMs: write.ttlMs })
          else if (write.kind === 'delete') applied.delete(k)
          else applied.set(k, { value: applied.get(k)!.value, ttlMs: write.ttlMs })
        }
        expect(applied).toEqual(model)
      }),
    )
  })
})
