/**
 * What every policy promises, as cases for any test runner: `for (const { name, run } of policyContract(make)) it(name, run)`.
 * Knows the residents that a store would know, and no policy's order; a policy's own order is for its own tests.
 */
import type { Policy, PolicyFactory } from '../eviction-policy.js'
import { seededRandom } from './seeded-random.js'

/** One promise. `run` throws when it is broken. */
export interface PolicyCase {
  /** A sentence: what holds. */
  readonly name: string
  run(): void
}

const CAPACITY = 64
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]
const STEPS = 600

/**
 * The promises of {@link Policy} as cases. Runs need no test runner, no timer and no randomness: the same operations
 * each time.
 *
 * @param factory - makes a fresh policy for each case; it is given a capacity of 64, 128 or 10 000
 */
export function policyContract(factory: PolicyFactory): readonly PolicyCase[] {
  const fresh = (capacity = CAPACITY) => new Watched(factory(capacity), capacity)
  return [
    {
      name: 'an empty policy has no victim and an empty order',
      run() {
        fresh().check('at first')
      },
    },
    {
      name: 'a single resident is the victim, and nothing is once it left',
      run() {
        for (const evicted of [false, true]) {
          const policy = fresh()
          policy.insert(0)
          policy.expectVictim([0], 'after one arrival')
          policy.remove(0, evicted)
          policy.check('after it left')
        }
      },
    },
    {
      name: 'the victim is the first of the order, and a resident',
      run() {
        everyRun(fresh, () => {})
      },
    },
    {
      name: 'asking for the victim or the order changes neither',
      run() {
        const asked = fresh()
        const unasked = fresh()
        const random = seededRandom(9)
        for (let step = 0; step < STEPS; step++) {
          const operation = asked.draw(random)
          asked.apply(operation)
          unasked.apply(operation)
          asked.policy.victim()
          for (const _ of asked.policy.order()) break
        }
        for (let rest = unasked.residents.size; rest > 0; rest--) {
          const [victim, expected] = [asked.policy.victim(), unasked.policy.victim()]
          demand(victim === expected, `the one that was asked names ${victim}, the one that was not names ${expected}`)
          asked.remove(victim, true)
          unasked.remove(expected, true)
        }
      },
    },
    {
      name: 'the same calls give the same order',
      run() {
        const [one, other] = [fresh(), fresh()]
        const random = seededRandom(10)
        for (let step = 0; step < STEPS; step++) {
          const operation = one.draw(random)
          one.apply(operation)
          other.apply(operation)
          demand(same(one.order(), other.order()), `two policies part at step ${step}`)
        }
      },
    },
    {
      name: 'evicting victim after victim names each resident once and ends with none',
      run() {
        everyRun(fresh, (policy) => {
          for (let rest = policy.residents.size; rest > 0; rest--) {
            const victim = policy.policy.victim()
            demand(policy.residents.has(victim), `the victim ${victim} is no resident`)
            policy.remove(victim, true)
          }
          policy.check('after the last was evicted')
        })
      },
    },
    {
      name: 'a slot that was left is as good as new',
      run() {
        const used = fresh()
        for (let round = 0; round < 50; round++) {
          used.insert(0)
          used.hit(0)
          used.update(0)
          used.remove(0, round % 2 === 0)
        }
        used.check('after fifty tenants')
        for (const slot of [2, 0, 1]) used.insert(slot)
        used.check('after the slot was let again')
      },
    },
    {
      name: 'slots may arrive in any order, with gaps, far beyond the capacity',
      run() {
        const policy = fresh()
        for (const slot of [1_000, 3, 70_000, 0, 64, 63, 65, 4_095, 4_096]) {
          policy.insert(slot)
          policy.check(`after slot ${slot}`)
        }
        for (const slot of [70_000, 0, 64]) policy.hit(slot)
        policy.check('after hits')
        for (const slot of [3, 70_000, 4_096]) policy.remove(slot, false)
        policy.check('after departures')
      },
    },
    {
      name: 'weights from fractions to millions are taken on arrival and on update',
      run() {
        const policy = fresh()
        for (const [slot, weight] of [0.5, 1, 1_000_000].entries()) policy.insert(slot, weight)
        for (const [slot, weight] of [1_000_000, 0.5, 1].entries()) policy.update(slot, weight)
        policy.check('after updates')
      },
    },
    {
      name: 'a change of capacity, where it is known, loses no resident',
      run() {
        const policy = fresh()
        for (let slot = 0; slot < CAPACITY; slot++) policy.insert(slot)
        for (const capacity of [CAPACITY * 4, 1, Number.POSITIVE_INFINITY, CAPACITY]) {
          policy.policy.resize?.(capacity)
          policy.check(`after a resize to ${capacity}`)
        }
      },
    },
    {
      name: 'a resident that gets another slot keeps its place, where that is known',
      run() {
        for (const seed of SEEDS) moveAbout(fresh(), fresh(), seededRandom(seed), `seed ${seed}`)
      },
    },
    {
      name: 'ten thousand residents, each hit, leave one by one',
      run() {
        const policy = fresh(10_000)
        for (let slot = 0; slot < 10_000; slot++) policy.insert(slot)
        for (let slot = 0; slot < 10_000; slot += 3) policy.hit(slot)
        policy.check('when full')
        for (let rest = 10_000; rest > 0; rest--) policy.remove(policy.policy.victim(), true)
        policy.check('when empty')
      },
    },
  ]
}

type Operation = { kind: 'insert' | 'hit' | 'update' | 'remove' | 'evict'; slot: number }

/** A policy beside the plain set of what resides, held to what follows from that set alone. */
class Watched {
  readonly residents = new Set<number>()

  constructor(
    readonly policy: Policy,
    private readonly capacity: number,
  ) {}

  insert(slot: number, weight = 1, hash = hashOf(slot)): void {
    this.residents.add(slot)
    this.policy.onInsert(slot, hash, weight)
  }

  move(from: number, to: number): void {
    this.residents.delete(from)
    this.residents.add(to)
    this.policy.move!(from, to)
  }

  hit(slot: number): void {
    this.policy.onHit(slot)
  }

  update(slot: number, weight = 1): void {
    this.policy.onUpdate(slot, weight)
  }

  remove(slot: number, evicted: boolean): void {
    demand(this.residents.delete(slot), `slot ${slot} was named and is no resident`)
    this.policy.onRemove(slot, evicted)
  }

  /** An operation that a store could ask for now: arrivals take the lowest free slot, as stores do. */
  draw(random: (bound: number) => number): Operation {
    const { residents } = this
    const dice = random(10)
    if (residents.size === 0 || (dice < 3 && residents.size < this.capacity)) {
      return { kind: 'insert', slot: this.freeSlot() }
    }
    const slot = [...residents][random(residents.size)]!
    if (dice < 7) return { kind: 'hit', slot }
    if (dice < 8) return { kind: 'update', slot }
    return dice < 9 ? { kind: 'remove', slot } : { kind: 'evict', slot: this.policy.victim() }
  }

  freeSlot(): number {
    let slot = 0
    while (this.residents.has(slot)) slot++
    return slot
  }

  apply({ kind, slot }: Operation): void {
    if (kind === 'insert') this.insert(slot)
    else if (kind === 'hit') this.hit(slot)
    else if (kind === 'update') this.update(slot)
    else this.remove(slot, kind === 'evict')
  }

  expectVictim(allowed: readonly number[], when: string): void {
    const victim = this.policy.victim()
    demand(allowed.includes(victim), `${when}, the victim is ${victim}, not ${allowed.join(' or ')}`)
  }

  /** Reads one more than there should be and no further: a broken list can run in a circle. */
  order(): number[] {
    const order: number[] = []
    for (const slot of this.policy.order()) if (order.push(slot) > this.residents.size) break
    return order
  }

  check(when: string): void {
    const order = this.order()
    demand(
      order.length === this.residents.size,
      `${when}, ${this.residents.size} reside and ${order.length} are ordered`,
    )
    const ordered = new Set(order)
    demand(ordered.size === order.length, `${when}, the order names a slot twice: ${order.join(' ')}`)
    for (const slot of order) demand(this.residents.has(slot), `${when}, the order names ${slot}, which is no resident`)
    this.expectVictim([order[0] ?? -1], when)
  }
}

/**
 * Random operations from each seed, checked after every step; then `end`. Every other run has twice the capacity and
 * begins nearly half full, so that arrays of a power of two grow in the midst of it.
 */
function everyRun(fresh: (capacity?: number) => Watched, end: (policy: Watched) => void): void {
  for (const seed of SEEDS) {
    const wide = seed % 2 === 0
    const policy = fresh(wide ? 2 * CAPACITY : CAPACITY)
    for (let slot = 0; wide && slot < CAPACITY - 4; slot++) policy.insert(slot)
    const random = seededRandom(seed)
    for (let step = 0; step < STEPS; step++) {
      const operation = policy.draw(random)
      policy.apply(operation)
      policy.check(`seed ${seed}, step ${step} (${operation.kind} ${operation.slot})`)
    }
    end(policy)
  }
}

/** The same operations on two policies, of which the second has its residents moved about meanwhile. */
function moveAbout(still: Watched, moved: Watched, random: (bound: number) => number, when: string): void {
  if (moved.policy.move === undefined) return
  const slotOf = new Map<number, number>()
  for (let step = 0; step < STEPS; step++) {
    const { kind, slot } = still.draw(random)
    still.apply({ kind, slot })
    if (kind === 'insert') {
      slotOf.set(slot, moved.freeSlot())
      moved.insert(slotOf.get(slot)!, 1, hashOf(slot))
    } else moved.apply({ kind, slot: slotOf.get(slot)! })
    if (!still.residents.has(slot)) slotOf.delete(slot)
    const from = [...slotOf.values()][random(slotOf.size + 1)]
    if (from !== undefined) {
      const to = random(2) === 0 ? moved.freeSlot() : 3 * CAPACITY + step
      moved.move(from, to)
      for (const [name, at] of slotOf) if (at === from) slotOf.set(name, to)
    }
    moved.policy.trim?.(Math.max(-1, ...moved.residents) + 1)
    moved.check(`${when}, step ${step}, after a move`)
    const expected = still.order().map((name) => slotOf.get(name)!)
    demand(same(moved.order(), expected), `${when}, step ${step}: a move changed the order`)
  }
}

function hashOf(slot: number): number {
  return Math.imul(slot + 1, 0x9e3779b1) >>> 0
}

function same(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((slot, index) => slot === other[index])
}

function demand(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(`the policy breaks its contract: ${otherwise}`)
}
