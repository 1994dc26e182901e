import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { serialOrder, type Transacted } from './serializability.js'

type Values = Record<string, string | undefined>
const done = (name: string, start: number, end: number, reads: Values, writes: Values): Transacted => ({
  name,
  start,
  end,
  reads: new Map(Object.entries(reads)),
  writes: new Map(Object.entries(writes)),
})

describe('a serial order', () => {
  it('is found where one transaction saw what another left', () => {
    const history = [done('second', 0, 9, { a: '1' }, { a: '2' }), done('first', 1, 8, { a: undefined }, { a: '1' })]
    expect(serialOrder(history)).toEqual(['first', 'second'])
  })

  it('is not found for an update that was lost', () => {
    const history = [done('x', 0, 9, { a: undefined }, { a: '1' }), done('y', 0, 9, { a: undefined }, { a: '2' })]
    expect(serialOrder(history)).toBeUndefined()
  })

  it('is not found for a skew of writes', () => {
    const reads = { a: undefined, b: undefined }
    expect(serialOrder([done('x', 0, 9, reads, { a: '1' }), done('y', 0, 9, reads, { b: '1' })])).toBeUndefined()
  })

  it('is not found for half of a transaction', () => {
    const history = [done('x', 0, 5, {}, { a: '1', b: '1' }), done('y', 3, 9, { a: '1', b: undefined }, {})]
    expect(serialOrder(history)).toBeUndefined()
  })

  it('holds to the order in which transactions ended and began', () => {
    const history = [done('x', 0, 1, {}, { a: '1' }), done('y', 2, 3, { a: undefined }, {})]
    expect(serialOrder(history)).toBeUndefined()
  })

  it('has what is unknown anywhere after its beginning, or not at all', () => {
    const unknown = done('x', 4, Number.POSITIVE_INFINITY, { a: undefined }, { a: '1' })
    expect(serialOrder([unknown, done('y', 9, 10, { a: '1' }, {})])).toEqual(['x', 'y'])
    expect(serialOrder([unknown, done('y', 9, 10, { a: undefined }, {})])).toEqual(['y'])
    expect(serialOrder([unknown, done('y', 0, 3, { a: '1' }, {})])).toBeUndefined()
  })

  it('has what may have happened until an instant before all that began later', () => {
    const echo = { ...done('x', 0, Number.POSITIVE_INFINITY, {}, { a: '1' }), until: 5 }
    const [other, look] = [done('y', 2, 3, {}, { a: '2' }), (at: number) => done('z', at, 20, { a: '1' }, {})]
    expect(serialOrder([echo, other, look(10)])).toEqual(['y', 'x', 'z'])
    expect(serialOrder([echo, other, done('w', 6, 7, { a: '2' }, {}), look(10)])).toBeUndefined()
  })

  it('is found for whatever was run one after the other', () => {
    const keys = ['a', 'b', 'c']
    const step = fc.record({
      reads: fc.subarray(keys),
      writes: fc.subarray(keys),
      slack: fc.nat(5),
      isKnown: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
        const state: Values = {}
        const history = steps.map(({ reads, writes, slack, isKnown }, i) => {
          const seen = Object.fromEntries(reads.map((key) => [key, state[key]]))
          const left = Object.fromEntries(writes.map((key) => [key, `${i}`]))
          Object.assign(state, left)
          return done(`${i}`, i * 2 - slack, isKnown ? i * 2 + slack : Number.POSITIVE_INFINITY, seen, left)
        })
        expect(serialOrder(history)).toBeDefined()
      }),
    )
  })
})
