import { ManualClock } from '@mtaio/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Placement } from '../placement/placement.js'
import { resolveQuorums } from '../quorum/quorum-rule.js'
import { NodeState } from './node-state.js'
import { PlainRoutes } from './plain-routes.js'
import { routeOf } from './route.js'

/** One that this client has given up, or not. */
function failing(state: NodeState, isDown: boolean): void {
  if (isDown) while (state.isUp) state.detector.onFailure(0)
  else state.detector.onSuccess(0)
}

describe('plain routes', () => {
  it('law: are those of `routeOf`, whoever goes down or comes back, and there as long as anybody is up', () => {
    const world = fc.record({
      count: fc.integer({ min: 1, max: 9 }),
      copies: fc.integer({ min: 1, max: 4 }),
      steps: fc.array(fc.tuple(fc.nat(20), fc.nat(8), fc.boolean()), { minLength: 10, maxLength: 80 }),
    })
    fc.assert(
      fc.property(world, ({ count, copies, steps }) => {
        const ids = Array.from({ length: count }, (_, i) => `n${i}:1`)
        const clock = new ManualClock(0)
        const states = new Map(ids.map((id) => [id, new NodeState(id, clock, () => 0, 100)]))
        const placement = new Placement(ids.map((id) => ({ id })))
        const routes = new PlainRoutes(placement, states)
        const replicationFactor = Math.min(copies, count)
        const [sloppy, strict] = (['sloppy', 'strict'] as const).map((quorum) =>
          resolveQuorums({ nodes: count, replicationFactor, quorum }),
        )
        const isUp = (id: string) => states.get(id)!.isUp
        for (const [key, node, isDown] of steps) {
          failing(states.get(ids[node % count]!)!, isDown)
          for (const quorums of [sloppy!, strict!]) {
            const expected = routeOf(`k${key}`, { placement, before: undefined }, quorums, isUp)
            const route = routes.find(`k${key}`, quorums)
            if (!ids.some(isUp)) return
            expect(route).toMatchObject(expected)
            expect(route!.states.map(({ id }) => id)).toEqual(expected.targets)
            expect(route!.live).toBe(expected.replicas.filter(isUp).length)
          }
        }
      }),
    )
  })
})
