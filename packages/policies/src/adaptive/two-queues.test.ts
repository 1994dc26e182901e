import { describe, expect, it } from 'vitest'
import { beside, type Model } from '../../test-support/model-property.js'
import type { Policy } from '../eviction-policy.js'
import { Departed } from './departed.js'
import { SETTINGS, type Setting } from './setting.js'
import { MAIN, SMALL, TwoQueues } from './two-queues.js'

/** The structure under one setting, as a policy. */
class Fixed implements Policy {
  readonly admits = true
  readonly queues: TwoQueues
  readonly hashes: number[] = []
  constructor(
    capacity: number,
    readonly setting: Setting,
  ) {
    this.queues = new TwoQueues(setting)
    this.queues.divide(capacity)
  }
  onInsert(slot: number, hash: number, weight: number) {
    this.hashes[slot] = hash
    this.queues.add(slot, hash, weight, 0)
  }
  onHit(slot: number) {
    this.queues.use(slot)
  }
  onUpdate(slot: number, weight: number) {
    this.queues.reweigh(slot, weight)
    this.queues.use(slot)
  }
  onRemove(slot: number, evicted: boolean) {
    this.queues.remove(slot, this.hashes[slot]!, evicted)
  }
  victim() {
    return this.queues.victim()
  }
  order() {
    return [this.victim(), ...this.queues.fromTail(SMALL), ...this.queues.fromTail(MAIN)]
  }
  resize(capacity: number) {
    this.queues.divide(capacity)
  }
}

interface Entry {
  slot: number
  hash: number
  weight: number
  recent: number
  uses: number
}

/** Two arrays, oldest first, and the rules in the order in which one would say them. Who left is remembered as there. */
class TwoQueuesModel implements Model {
  small: Entry[] = []
  main: Entry[] = []
  departed = new Departed()
  counted = 0
  refused = 0
  constructor(
    public capacity: number,
    readonly setting: Setting,
  ) {}

  insert(slot: number, hash: number, weight: number) {
    const away = this.departed.recall(hash)
    const entry = { slot, hash, weight, recent: 0, uses: Math.min(15, this.departed.count + 1) }
    const mostAway = (128 / 3) * this.setting.recall * (1 - this.setting.share)
    if (this.setting.recall > 0 && away >= 0 && away <= mostAway) this.main.push(entry)
    else if (weight > this.smallMost()) this.small.unshift(entry)
    else this.small.push(entry)
    this.counted++
    if (this.counted >= 10 * Math.max(256, this.all().length)) {
      for (const each of this.all()) each.uses = Math.floor(each.uses / 2)
      this.departed.epoch++
      this.counted = 0
    }
    this.settle()
  }
  use(slot: number) {
    const entry = this.entry(slot)
    entry.recent = Math.min(3, entry.recent + 1)
    entry.uses = Math.min(15, entry.uses + 1)
    this.counted++
    this.settle()
  }
  update(slot: number, weight: number) {
    this.entry(slot).weight = weight
    this.settle()
    this.use(slot)
  }
  remove(slot: number, evicted: boolean) {
    if (evicted) {
      const [candidate] = this.small
      const [first] = this.main
      if (candidate !== undefined && first !== undefined && this.smallGives()) {
        if (first.slot === slot) {
          this.promote()
          this.refused = 0
        } else if (candidate.slot === slot && first.uses === 0) this.refused++
      }
      this.departed.fit(this.all().length)
      this.departed.remember(this.entry(slot).hash, this.entry(slot).uses)
    }
    this.small = this.small.filter((entry) => entry.slot !== slot)
    this.main = this.main.filter((entry) => entry.slot !== slot)
    this.settle()
  }
  resize(capacity: number) {
    this.capacity = capacity
    this.settle()
  }
  order() {
    return [this.victim(), ...this.all().map((entry) => entry.slot)]
  }
  victim() {
    const [candidate] = this.small
    const [first] = this.main
    if (candidate === undefined || first === undefined) return (candidate ?? first)?.slot ?? -1
    if (!this.smallGives()) return first.slot
    return this.setting.contests && this.wins(candidate) ? first.slot : candidate.slot
  }
  wins(candidate: Entry) {
    const owed = Math.min(sum(this.all()) - this.capacity, candidate.weight)
    const leaving: Entry[] = []
    for (const entry of this.main) if (leaving.length === 0 || sum(leaving) < owed) leaving.push(entry)
    const least = (at: number) => (at === 0 && this.refused >= 7 ? 0 : 1)
    return candidate.uses > leaving.reduce((total, { uses }, at) => total + Math.max(least(at), uses), 0)
  }
  settle() {
    for (;;) {
      const [first] = this.main
      const [candidate] = this.small
      if (first !== undefined && first.recent > 0) {
        first.recent--
        this.main.push(this.main.shift()!)
      } else if (candidate === undefined || !this.smallGives()) return
      else if (candidate.recent > 0 && this.setting.keeps && candidate.weight <= this.smallMost()) {
        candidate.recent--
        this.small.push(this.small.shift()!)
      } else if (candidate.recent > 0 && this.setting.promotes) this.promote()
      else if (sum(this.main) + candidate.weight <= this.capacity - this.smallMost()) this.promote()
      else return
    }
  }
  promote() {
    this.main.push({ ...this.small.shift()!, recent: 0 })
  }
  smallMost() {
    return Math.max(1, this.capacity * this.setting.share)
  }
  smallGives() {
    return sum(this.small) > this.smallMost()
  }
  all() {
    return [...this.small, ...this.main]
  }
  entry(slot: number) {
    return this.all().find((entry) => entry.slot === slot)!
  }
}

const sum = (entries: readonly Entry[]) => entries.reduce((total, { weight }) => total + weight, 0)

describe.each(SETTINGS.map((setting) => ({ name: JSON.stringify(setting), setting })))(
  'TwoQueues, $name',
  ({ setting }) => {
    it.each([
      { what: 'one resident', capacity: 1 },
      { what: 'few residents', capacity: 5 },
      { what: 'arrays about to grow', capacity: 70, first: 60 },
      { what: 'weights', capacity: 60, heaviest: 20 },
      { what: 'changes of size', capacity: 20, heaviest: 3, resizes: true },
    ])('does as its model does: $what', ({ what: _, ...run }) => {
      beside(
        (capacity) => new Fixed(capacity, setting),
        (capacity) => new TwoQueuesModel(capacity, setting),
        { ...run, steps: 200 },
        (policy, model, residents) => {
          expect(policy.order()).toEqual(model.order())
          expect(policy.order().slice(1).toSorted()).toEqual([...residents].toSorted())
          expect([...policy.queues.weightIn]).toEqual([sum(model.small), sum(model.main)])
          expect(policy.queues.residents).toBe(residents.length)
        },
      )
    })
  },
)

describe('TwoQueues', () => {
  it('loses nobody when its setting changes, and comes to the shares of the new one as others leave', () => {
    const queues = new TwoQueues(SETTINGS[0]!)
    const capacity = 1000
    let slots = 0
    const arrive = () => {
      const slot = slots++
      queues.add(slot, slot, 1, 0)
      if (slot % 3 === 0) queues.use(slot)
      if (queues.residents <= capacity) return
      const victim = queues.victim()
      queues.remove(victim, victim, true)
    }
    queues.divide(capacity)
    for (const setting of [...SETTINGS, ...SETTINGS]) {
      const before = [...queues.fromTail(SMALL), ...queues.fromTail(MAIN)]
      queues.divide(capacity, setting)
      const after = [...queues.fromTail(SMALL), ...queues.fromTail(MAIN)]
      expect(after.toSorted()).toEqual(before.toSorted())
      for (let at = 0; at < 5 * capacity; at++) arrive()
      expect(queues.total).toBe(capacity)
      // A rule of queues fills its main queue from the small one, all others too; what is over is one newcomer.
      expect(queues.weightIn[SMALL]).toBeLessThanOrEqual(Math.max(1, setting.share * capacity) + 1)
    }
  })
})
