import { describe, expect, it } from 'vitest'
import { quoted } from './quoted.js'

describe('a refused value in an error message', () => {
  it.each([
    ['5m', "'5m'"],
    [Number.NaN, 'NaN'],
    [-0, '-0'],
    [undefined, 'undefined'],
    [null, 'null'],
    [7n, '7n'],
    [{}, '{}'],
    [[1, 'a'], '[1,"a"]'],
    [() => 1, 'a function'],
    [Symbol('s'), 'Symbol(s)'],
  ])('%o reads %s', (value, text) => {
    expect(quoted(value)).toBe(text)
  })

  it('survives values that refuse to be shown', () => {
    const cyclic: { self?: unknown } = {}
    cyclic.self = cyclic
    const hostile = {
      toJSON() {
        throw new Error('no')
      },
    }
    expect(quoted(cyclic)).toBe('an object')
    expect(quoted(hostile)).toBe('an object')
    expect(quoted({ toJSON: () => undefined })).toBe('an object')
  })

  it('cuts what is long', () => {
    expect(quoted('x'.repeat(1000)).length).toBeLessThan(100)
  })
})
