import { describe, expect, it } from 'vitest'
import { FLIGHT_MUTATIONS, MOVING_MUTATIONS } from './moving-mutations.js'
import { FLIGHT_SCENARIOS, MOVING_SCENARIOS } from './scenarios.js'
import { simulate } from './simulate.js'

/** A short run; `npm run simulate:cluster` and CI run many more. */
const SEEDS = 50

describe('simulated loads for all clients, and nodes that come and go', () => {
  it.each([...FLIGHT_SCENARIOS, ...MOVING_SCENARIOS].map(([, { name }]) => name))(
    'keep every promise: %s',
    { timeout: 120_000 },
    async (scenario) => {
      const { broken, histories } = await simulate({ seeds: SEEDS, scenario })
      expect(broken).toEqual([])
      expect(histories).toBe(SEEDS)
    },
  )
})

describe('the checkers catch', () => {
  it.each([...FLIGHT_MUTATIONS, ...MOVING_MUTATIONS])('$name', { timeout: 120_000 }, async (mutation) => {
    const { broken } = await simulate({ seeds: 10_000, mutation, most: 1 })
    expect(broken).not.toEqual([])
  })
})
