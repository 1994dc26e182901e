import { describe, expect, it } from 'vitest'
import { NEAR_MUTATIONS } from './near-mutations.js'
import { NEAR_SCENARIOS } from './scenarios.js'
import { simulate } from './simulate.js'

/** A short run; `npm run simulate:cluster -- --scenario near` and its likes run many more. */
const SEEDS = 100

describe('a simulated near cache', () => {
  it.each(NEAR_SCENARIOS.map(([, { name }]) => name))(
    'keeps every promise: %s',
    { timeout: 120_000 },
    async (scenario) => {
      const { broken, histories } = await simulate({ seeds: SEEDS, scenarios: NEAR_SCENARIOS, scenario })
      expect(broken).toEqual([])
      expect(histories).toBe(SEEDS)
    },
  )
})

describe('the checkers catch a near cache that would', () => {
  it.each(NEAR_MUTATIONS)('$name', { timeout: 120_000 }, async (mutation) => {
    const { broken } = await simulate({ seeds: 10_000, from: 1_000_000, mutation, most: 1 })
    expect(broken).not.toEqual([])
  })
})
