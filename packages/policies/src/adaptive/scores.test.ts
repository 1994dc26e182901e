import { describe, expect, it } from 'vitest'
import { seededRandom } from '../testing/seeded-random.js'
import { Scores } from './scores.js'
import type { Setting } from './setting.js'

const setting = (share: number): Setting => ({ share, keeps: false, promotes: false, contests: false, recall: 0 })
const BOTH = 0b11
const SECOND = 0b10

/** The setting after requests of which the second knows so many in a hundred that the first does not, and the reverse. */
function after(
  requests: number,
  second: number,
  first: number,
  scores = new Scores([setting(0.1), setting(0.2)], 100),
) {
  const random = seededRandom(1)
  let present = 0
  for (let at = 0; at < requests; at++) {
    const dice = random(100)
    const known = dice < second ? SECOND : dice < second + first ? 1 : BOTH
    if (scores.note(known)) present = scores.best(present)
  }
  return present
}

describe('Scores', () => {
  it('stay with the present setting until another is ahead by more than chance and cost', () => {
    expect(after(64, 0, 0)).toBe(0)
    expect(after(100_000, 0, 0)).toBe(0)
    expect(after(100_000, 0, 5)).toBe(0)
    expect(after(2_000, 5, 0)).toBe(1)
    expect(after(20_000, 6, 4)).toBe(1)
  })

  it('forget', () => {
    const scores = new Scores([setting(0.1), setting(0.2)], 100)
    expect(after(50_000, 10, 0, scores)).toBe(1)
    // The first is ahead now, and has been for a fifth of the time.
    expect(after(10_000, 0, 10, scores)).toBe(0)
  })

  it('ask for more where more would have to move', () => {
    const near = new Scores([setting(0.1), setting(0.11)], 10_000)
    const far = new Scores([setting(0.1), setting(0.9)], 10_000)
    expect(after(10_000, 4, 0, near)).toBe(1)
    expect(after(10_000, 4, 0, far)).toBe(0)
  })

  it('look once in 64 requests', () => {
    const scores = new Scores([setting(0.1)], 10)
    const looks = Array.from({ length: 640 }, () => scores.note(1)).filter(Boolean)
    expect(looks).toHaveLength(10)
  })
})
