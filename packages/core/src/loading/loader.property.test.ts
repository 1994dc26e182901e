/**
 * Random interleavings of loads, invalidations, aborts and failures against a dumb model: which load serves whom is one
 * map from key to the load that may be joined.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../time/clock.js'
import type { LoadFence } from './load-target.js'
import { Loader } from './loader.js'

interface Loaded {
  readonly load: number
  /** What the source held when the load began. */
  readonly version: number
}

class LoadFailure extends Error {
  constructor(readonly load: number) {
    super(`load ${load} failed`)
  }
}

/** A source of truth, a cache over it, the loader between, and the model that knows what should come out. */
class World {
  readonly loader: Loader<Loaded, undefined, LoadFence>
  readonly cached = new Map<string, Loaded>()
  readonly outcomes: Promise<void>[] = []
  /** Laws that were broken where nobody would hear of a throw. */
  readonly broken: unknown[] = []
  loads = 0
  private readonly versions = new Map<string, number>()
  private readonly fences = new Map<string, Set<() => void>>()
  /** The model: the load of each key that a newcomer joins, and how many wait for each load. */
  private readonly joinable = new Map<string, number>()
  private readonly waiting = new Map<number, number>()

  constructor(private readonly scheduler: fc.Scheduler) {
    this.loader = new Loader<Loaded, undefined, LoadFence>(
      {
        openFence: (key, onBroken) => this.openFence(key, onBroken),
        fill: (key, value, _options, fence) => {
          if (!this.waiting.get(value.load)) this.broken.push(`load ${value.load} was filled for nobody`)
          if (fence.holds(undefined)) {
            if (value.version !== this.versionOf(key))
              this.broken.push(`load ${value.load} was filled though overtaken`)
            this.cached.set(key, value)
          }
          this.ended(key, value.load)
          return value
        },
        loadFailed: (key, error) => this.ended(key, (error as LoadFailure).load),
      },
      { clock: systemClock, defaultTtl: 300_000 },
    )
  }

  call(key: string, signal: AbortSignal | undefined, fails: boolean): void {
    const hit = this.cached.get(key)
    if (hit !== undefined) {
      expect(hit.version).toBe(this.versionOf(key))
      return
    }
    const expected = this.joinable.get(key) ?? this.loads
    const version = this.versionOf(key)
    const before = this.loads
    const outcome = this.loader.load(key, () => this.run(key, fails), { signal }, undefined)
    if (signal?.aborted) {
      this.outcomes.push(expect(outcome).rejects.toBe(signal.reason))
      return
    }
    expect(this.loads).toBe(Math.max(before, expected + 1))
    this.joinable.set(key, expected)
    this.waiting.set(expected, (this.waiting.get(expected) ?? 0) + 1)
    signal?.addEventListener('abort', () => this.left(key, expected))
    this.outcomes.push(
      outcome.then(
        (value) => {
          expect(value.load).toBe(expected)
          // Nobody is served by a load that began before an invalidation that he came after.
          expect(value.version).toBeGreaterThanOrEqual(version)
        },
        (error: unknown) => {
          if (error instanceof LoadFailure) expect(error.load).toBe(expected)
          else expect(error).toBe(signal?.reason)
        },
      ),
    )
  }

  invalidate(key: string): void {
    this.versions.set(key, this.versionOf(key) + 1)
    this.cached.delete(key)
    this.joinable.delete(key)
    for (const onBroken of [...(this.fences.get(key) ?? [])]) onBroken()
  }

  get openFences(): number {
    return [...this.fences.values()].reduce((sum, fences) => sum + fences.size, 0)
  }

  private run(key: string, fails: boolean): Promise<Loaded> {
    const load = this.loads++
    const loaded = { load, version: this.versionOf(key) }
    return this.scheduler.schedule(
      fails ? Promise.reject(new LoadFailure(load)) : Promise.resolve(loaded),
      `load ${load} of ${key}`,
    )
  }

  private left(key: string, load: number): void {
    const left = (this.waiting.get(load) ?? 0) - 1
    this.waiting.set(load, left)
    if (left === 0) this.ended(key, load)
  }

  private ended(key: string, load: number): void {
    if (this.joinable.get(key) === load) this.joinable.delete(key)
  }

  private versionOf(key: string): number {
    return this.versions.get(key) ?? 0
  }

  private openFence(key: string, onBroken: () => void): LoadFence {
    let broken = false
    const fences = this.fences.get(key) ?? new Set()
    this.fences.set(key, fences)
    const watch = () => {
      broken = true
      onBroken()
    }
    fences.add(watch)
    return { holds: () => !broken, close: () => fences.delete(watch) }
  }
}

type Step =
  | { readonly do: 'call'; readonly key: string; readonly signal: number | undefined; readonly fails: boolean }
  | { readonly do: 'invalidate'; readonly key: string }
  | { readonly do: 'abort'; readonly signal: number }

const keys = fc.constantFrom('a', 'b')
const signals = fc.nat({ max: 3 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      key: keys,
      signal: fc.option(signals, { nil: undefined, freq: 2 }),
      fails: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('invalidate' as const), key: keys }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), signal: signals }) },
)

describe('Loader, interleaved', () => {
  it('law: each caller is served by the load that the model names, and nothing overtaken is filled', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(step, { maxLength: 25 }), async (scheduler, steps) => {
        const world = new World(scheduler)
        const callers = Array.from({ length: 4 }, () => new AbortController())
        const perform = (each: Step) => {
          if (each.do === 'invalidate') world.invalidate(each.key)
          else if (each.do === 'abort') callers[each.signal]!.abort(`caller ${each.signal} left`)
          else world.call(each.key, each.signal === undefined ? undefined : callers[each.signal]!.signal, each.fails)
        }
        const attempt = async (each: Step) => {
          // A sequence would only note that a step failed.
          try {
            perform(each)
          } catch (error) {
            world.broken.push(error)
          }
        }
        scheduler.scheduleSequence(steps.map((each) => ({ label: JSON.stringify(each), builder: () => attempt(each) })))
        await scheduler.waitIdle()
        await Promise.all(world.outcomes)
        expect(world.broken).toEqual([])
        expect(world.loader.inFlight).toBe(0)
        expect(world.openFences).toBe(0)
      }),
      { numRuns: 1500 },
    )
  })
})
