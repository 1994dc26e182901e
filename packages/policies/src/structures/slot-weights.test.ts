import { expect, it } from 'vitest'
import { SlotWeights } from './slot-weights.js'

it('keeps nothing while all weigh 1, and knows those that came before', () => {
  const weights = new SlotWeights()
  for (let slot = 0; slot < 1_000; slot++) weights.set(slot, 1)
  expect(weights).toEqual(new SlotWeights())
  weights.set(5, 2.5)
  expect([weights.of(4), weights.of(5), weights.of(999)]).toEqual([1, 2.5, 1])
  weights.set(999, 1e9)
  weights.set(5, 1)
  expect([weights.of(4), weights.of(5), weights.of(999)]).toEqual([1, 1, 1e9])
})
