import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GhostQueue } from './ghost-queue.js'

const hashes = fc.oneof(
  fc.nat(40),
  // All in one run of the table, or at the edges of 32 bits.
  fc.nat(40).map((n) => Math.imul(n, 0x144cbc89) >>> 0),
  fc.constantFrom(0, 0x7fffffff, 0x80000000, 0xffffffff),
)

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('push' as const), value: hashes }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const), value: hashes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('trim' as const), value: fc.nat(30) }) },
)

describe('GhostQueue', () => {
  it('is an array of which the latest are kept', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
        const queue = new GhostQueue()
        let model: number[] = []
        for (const { kind, value } of steps) {
          const others = model.filter((other) => other !== value)
          if (kind === 'trim') {
            queue.trimTo(value)
            model = value === 0 ? [] : model.slice(-value)
          } else if (kind === 'push') {
            queue.push(value)
            model = [...others, value]
          } else {
            expect(queue.has(value)).toBe(model.length > others.length)
            expect(queue.take(value)).toBe(model.length > others.length)
            model = others
          }
          expect([...queue.hashes()]).toEqual(model)
          expect(queue.size).toBe(model.length)
        }
      }),
    )
  })

  it('takes no more room for a million ghosts that come and go', () => {
    const queue = new GhostQueue()
    for (let hash = 0; hash < 1_000_000; hash++) {
      queue.push(hash)
      if (hash % 3 > 0) queue.take(hash - 1)
      queue.trimTo(100)
    }
    expect(queue.size).toBe(100)
    expect((queue as unknown as { ring: Int32Array }).ring.length).toBeLessThanOrEqual(512)
  })
})
