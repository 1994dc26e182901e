import { RequestsBuilder, requestsOf } from '@mtaio/policies/simulator'
import { describe, expect, it } from 'vitest'
import { experiment } from './experiment.js'
import { parseSizes } from './sizes.js'
import { tableOf } from './table.js'

describe('tableOf', () => {
  it('has a row for each policy and for the optimum, and a column for each size', () => {
    const keys = Array.from({ length: 3000 }, (_, at) => `key ${at % 3 === 0 ? 0 : at % 1500}`)
    expect(tableOf(experiment('some.csv', requestsOf(keys), ['lru', 'fifo'], parseSizes('1%,1000', false)))).toBe(
      [
        'some.csv: 3,000 requests for 1,001 keys; at most 66.63 % can hit',
        '',
        'hit ratio, %  1% = 10  1,000',
        'lru             33.30  33.30',
        'fifo            26.67  33.27',
        'optimum         33.60  66.60',
      ].join('\n'),
    )
  })

  it('tells hits by weight, too, where entries are weighed, and that the optimum is approximate', () => {
    const builder = new RequestsBuilder()
    for (const key of 'abacada') builder.add(key, key === 'a' ? 3 : 1)
    expect(tableOf(experiment('some.csv', builder.build(), ['lru'], parseSizes('4,4kb', true)))).toBe(
      [
        'some.csv: 7 requests for 4 keys that weigh 6; at most 42.86 % can hit',
        '',
        'hits, % of requests      4  4,096',
        'lru                  42.86  42.86',
        'optimum ≈            42.86  42.86',
        '',
        'hits, % of weight      4  4,096',
        'lru                60.00  60.00',
        'optimum ≈          60.00  60.00',
        '',
        'optimum ≈: an approximation, for entries are weighed; the true one may be higher',
      ].join('\n'),
    )
  })
})

describe('experiment', () => {
  it('tells how far it is', () => {
    const told: [string, number][] = []
    const sizes = parseSizes('1,2', false)
    experiment('x', requestsOf(['a', 'b']), ['lru'], sizes, (what, share) => told.push([what, share]))
    expect(told).toEqual([
      ['lru, 1', 0.25],
      ['lru, 2', 0.5],
      ['optimum, 1', 0.75],
      ['optimum, 2', 1],
    ])
  })
})
