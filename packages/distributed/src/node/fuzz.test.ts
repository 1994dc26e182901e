/** A short run of the fuzzer; `npm run fuzz:node` is the long one. */
import { describe, expect, it } from 'vitest'
import { fuzz } from '../../test-support/fuzz/run.js'

describe('a node under any input', () => {
  it('crashes on none, keeps its bounds, and reads a stream the same however it is cut', () => {
    const { inputs, features } = fuzz(20_000, 20261125)
    expect(inputs).toBe(20_000)
    expect(features).toBeGreaterThan(300)
  })
})
