import { describe, expect, it } from 'vitest'
import { PROTOCOL_MUTATIONS } from './mutations.js'
import { REGISTER_MUTATIONS } from './register-mutations.js'
import { SCENARIOS } from './scenarios.js'
import { replay, simulate } from './simulate.js'

/** A short run; `npm run simulate:cluster` and CI run many more. */
const SEEDS = 1000
/** So many seeds are enough to catch any mutation. */
const WITHIN = 10_000

describe('the simulated cluster', () => {
  it('keeps every promise, whatever goes wrong within the bound', { timeout: 120_000 }, async () => {
    const { broken, histories } = await simulate({ seeds: SEEDS })
    expect(broken).toEqual([])
    expect(histories).toBe(SEEDS)
  })

  it('replays a seed exactly, with a trace that people can read', async () => {
    const [first, second] = [await replay(7), await replay(7)]
    expect(second).toEqual(first)
    for (const told of [/c\d begins/, /→ n1:1 {2}MGET/, /c\d ends/, /all is well from now on/]) {
      expect(first.trace.filter((line) => told.test(line))).not.toEqual([])
    }
  })

  it('answers a scenario that there is not with those that there are', async () => {
    await expect(simulate({ seeds: 1, scenario: 'none' })).rejects.toThrow(SCENARIOS[0]![1].name)
  })
})

describe('the checkers catch a protocol that', () => {
  it.each([...PROTOCOL_MUTATIONS, ...REGISTER_MUTATIONS])('would $name', { timeout: 120_000 }, async (mutation) => {
    const { broken } = await simulate({ seeds: WITHIN, from: 1_000_000, mutation, most: 1 })
    expect(broken).not.toEqual([])
  })
})
