import { describe, expect, it } from 'vitest'
import { parseSizes } from './sizes.js'

const capacities = (text: string, whole: number, areEntriesWeighed = false) =>
  parseSizes(text, areEntriesWeighed).map((size) => size.capacityOf(whole))

describe('parseSizes', () => {
  it('reads shares, rounded to whole entries and at least one, and entries', () => {
    expect(capacities('0.1%,1%, 10 %,.5%,500', 762_543)).toEqual([763, 7625, 76_254, 3813, 500])
    expect(capacities('0.1%', 10)).toEqual([1])
    expect(parseSizes('1%, 20', false).map((size) => size.text)).toEqual(['1%', '20'])
  })

  it('reads amounts of weight with a unit where entries are weighed', () => {
    expect(capacities('64kb,1.5mb,100,10%', 2000, true)).toEqual([65_536, 1_572_864, 100, 200])
    expect(() => parseSizes('64kb', false)).toThrow(/shares of a trace such as '1%', or entries such as '1000'/)
  })

  it.each(['', '0', '0%', '-1', '1%,', 'x', '1e3', '1.5', '9'.repeat(16)])('refuses %j', (text) => {
    expect(() => parseSizes(text, false)).toThrow(/^--sizes takes shares/)
  })
})
