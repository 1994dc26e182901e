/**
 * Loads of every kind against everything that invalidates, in random orders down to the single microtask. A longer run:
 * `npm run interleavings`, or `INTERLEAVINGS=1000000 vitest run packages/core/src/loading/interleavings.test.ts`.
 */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { actions } from '../../test-support/interleaved-actions.js'
import { InterleavedCache } from '../../test-support/interleaved-cache.js'
import { Fence, Watchers } from '../store/watchers.js'
import { SingleFlight } from './single-flight.js'

const runs = Number(process.env.INTERLEAVINGS ?? 1500)

/** What breaks, if anything, in `numRuns` interleavings at most; and how many different ones there were. */
async function explore(numRuns: number) {
  const different = new Set<string>()
  let broken: readonly string[] = []
  const details = await fc.check(
    fc.asyncProperty(fc.scheduler(), actions, fc.boolean(), async (scheduler, steps, hooked) => {
      const world = new InterleavedCache(scheduler, hooked)
      await world.run(steps)
      different.add(digestOf(world.log.join()))
      broken = world.broken
      return broken.length === 0
    }),
    { numRuns, endOnFailure: true },
  )
  return { failed: details.failed, broken, details, different: different.size }
}

/** Of the few bytes that millions of them may take. */
const digestOf = (text: string) => createHash('md5').update(text).digest('base64')

describe('loads and invalidations, interleaved at every await', () => {
  it(
    'law: no order of events serves from the cache what was read before an invalidation',
    async () => {
      const { broken, details, different } = await explore(runs)
      if (runs > 1500) console.log(`${different} different interleavings in ${details.numRuns} runs`)
      expect(broken, fc.defaultReportMessage(details)).toEqual([])
      expect(different).toBeGreaterThan(runs * 0.9)
    },
    Number.POSITIVE_INFINITY,
  )
})

describe('the law notices a cache', () => {
  afterEach(() => void vi.restoreAllMocks())

  const without = (kind: string) => {
    const { changed } = Watchers.prototype
    vi.spyOn(Watchers.prototype, 'changed').mockImplementation(function (this: Watchers, key, change) {
      if (change !== kind) changed.call(this, key, change)
    })
  }
  const faults: Record<string, () => void> = {
    'that stores whatever was loaded': () => vi.spyOn(Fence.prototype, 'holds').mockReturnValue(true),
    'without a fence against set': () => without('set'),
    'without a fence against delete': () => without('deleted'),
    'without a fence against touch': () => without('touched'),
    'without a fence against clear': () => vi.spyOn(Watchers.prototype, 'allChanged').mockReturnValue(undefined),
    'without a fence against tags': () => vi.spyOn(Watchers.prototype, 'tagInvalidated').mockReturnValue(undefined),
    'without a fence against prefixes': () => vi.spyOn(Watchers.prototype, 'prefixChanged').mockReturnValue(undefined),
    'that lets callers join a load that was overtaken': () =>
      vi.spyOn(SingleFlight.prototype, 'detach').mockReturnValue(undefined),
    'that lets them join one whose tags turn out to be invalidated': () =>
      vi.spyOn(Fence.prototype, 'invalidated').mockReturnValue(undefined),
  }

  it.each(Object.keys(faults))('%s', async (name) => {
    faults[name]!()
    expect((await explore(20_000)).failed).toBe(true)
  })
})
