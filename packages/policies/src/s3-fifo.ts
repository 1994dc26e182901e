/**
 * S3-FIFO: three queues in order of arrival, of which a small one lets most newcomers pass by. O(1), amortized; 13 bytes
 * an entry and 12 to 24 a ghost.
 *
 * Intuition. Most newcomers are asked for once. They wait in a queue of a tenth of the capacity and leave at its end
 * unless they were used twice meanwhile. Those that were move to the main queue; so do those that come back soon after
 * they left, which is what the ghosts are for. The main queue gives each another round for each use, up to three.
 *
 * Structure. Two lists over one array of links, and for each slot a count of uses up to 3, its list and its hash; a ghost
 * queue of hashes. One leaves at a time: the small queue gives up one when it has its share, the main queue otherwise, so
 * a main queue that grew beyond its share by a promotion shrinks at the next call.
 *
 * To choose must change nothing, so `victim` only looks ahead; promotions and rounds take place when the victim leaves.
 * How far it has looked in either queue is kept, so a step ahead is paid for by a use that is then forgotten. Only an
 * arrival in the main queue after it was looked through for more than one round makes it look there again.
 *
 * Invariant. From the oldest of the small queue to `smallPassed` all were used twice. From the oldest of the main queue
 * to `mainPassed` all have more than `round` uses left, and none in it has fewer than `round`.
 *
 * Weights. Shares are shares of the weight, at the least of the capacity. There are as many ghosts as residents of mean
 * weight would fit into the main queue.
 *
 * Reference: J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi, "FIFO queues are all you need for cache eviction", SOSP 2023,
 * algorithm 1.
 */
import type { Policy } from './eviction-policy.js'
import { GhostQueue } from './structures/ghost-queue.js'
import { NONE } from './structures/slot-list.js'
import { SlotQueues } from './structures/slot-queues.js'
import { SlotWeights } from './structures/slot-weights.js'

const FIRST_CAPACITY = 64
const SMALL = 0
const MAIN = 1
const SMALL_SHARE = 0.1
/** As many uses as are counted. */
const MOST_USES = 3
/** From so many uses on, a newcomer moves to the main queue. */
const PROMOTED_FROM = 2

export class S3FIFO implements Policy {
  readonly needsHash = true

  private readonly queues = new SlotQueues(2)
  private readonly weights = new SlotWeights()
  private readonly ghosts = new GhostQueue()
  // By slot.
  private uses = new Uint8Array(FIRST_CAPACITY)
  private queueOf = new Uint8Array(FIRST_CAPACITY)
  private hashes = new Int32Array(FIRST_CAPACITY)
  // By queue.
  private readonly weightIn = new Float64Array(2)

  private residents = 0
  private smallPassed = NONE
  private mainPassed = NONE
  private round = 0

  constructor(private capacity: number) {}

  onInsert(slot: number, hash: number, weight: number): void {
    if (slot >= this.uses.length) this.grow(slot)
    this.hashes[slot] = hash
    this.weights.set(slot, weight)
    this.residents++
    this.enter(this.ghosts.take(hash) ? MAIN : SMALL, slot)
    // Only now, so that the one that was asked for is found even if room for it was made by the last of its contemporaries.
    this.ghosts.trimTo(this.mostGhosts())
  }

  onHit(slot: number): void {
    if (this.uses[slot]! < MOST_USES) this.uses[slot]!++
  }

  onUpdate(slot: number, weight: number): void {
    this.onHit(slot)
    this.weightIn[this.queueOf[slot]!]! += weight - this.weights.of(slot)
    this.weights.set(slot, weight)
  }

  onRemove(slot: number, evicted: boolean): void {
    if (evicted) {
      if (slot === this.victim()) this.sweep()
      if (this.queueOf[slot] === SMALL) this.ghosts.push(this.hashes[slot]!)
    }
    this.leave(slot)
    this.residents--
  }

  victim(): number {
    const { queues } = this
    if (this.smallGives()) {
      const small = this.aheadInSmall()
      if (small !== NONE) return small
      // All of the small queue would be promoted and stand in the main one with no use left, the oldest first.
      const main = this.round === 0 ? this.aheadInMain() : NONE
      return main === NONE ? queues.tail(SMALL) : main
    }
    while (queues.tail(MAIN) !== NONE) {
      const main = this.aheadInMain()
      if (main !== NONE) return main
      this.round++
      this.mainPassed = NONE
    }
    return NONE
  }

  /** Evicts from a copy until nothing is left. */
  *order(): IterableIterator<number> {
    const copy = new S3FIFO(this.capacity)
    const slots: number[] = []
    for (const queue of [SMALL, MAIN]) {
      for (const slot of this.queues.fromTail(queue)) {
        const alike = slots.push(slot) - 1
        copy.onInsert(alike, 0, this.weights.of(slot))
        if (queue === MAIN) copy.promote(alike)
        copy.uses[alike] = this.uses[slot]!
      }
    }
    for (let victim = copy.victim(); victim !== NONE; victim = copy.victim()) {
      yield slots[victim]!
      copy.onRemove(victim, true)
    }
  }

  move(from: number, to: number): void {
    if (to >= this.uses.length) this.grow(to)
    this.queues.replace(this.queueOf[from]!, from, to)
    for (const column of [this.uses, this.queueOf, this.hashes]) column[to] = column[from]!
    this.weights.set(to, this.weights.of(from))
    if (this.smallPassed === from) this.smallPassed = to
    if (this.mainPassed === from) this.mainPassed = to
  }

  trim(end: number): void {
    this.queues.trim(end)
    this.weights.trim(end)
    this.uses = this.uses.slice(0, end)
    this.queueOf = this.queueOf.slice(0, end)
    this.hashes = this.hashes.slice(0, end)
  }

  resize(capacity: number): void {
    this.capacity = capacity
    this.ghosts.trimTo(this.mostGhosts())
  }

  /** Whether the next to leave is looked for in the small queue first. */
  private smallGives(): boolean {
    const { queues } = this
    if (queues.tail(SMALL) === NONE) return false
    return this.weightIn[SMALL]! >= this.smallShare() || queues.tail(MAIN) === NONE
  }

  /** Goes by what there is where the capacity is less: it counts entries, then, and they are weighed. */
  private smallShare(): number {
    const total = this.weightIn[SMALL]! + this.weightIn[MAIN]!
    const { capacity } = this
    if (total > capacity || capacity === Number.POSITIVE_INFINITY) return total * SMALL_SHARE
    return Math.max(1, Math.floor(capacity * SMALL_SHARE))
  }

  private mostGhosts(): number {
    const total = this.weightIn[SMALL]! + this.weightIn[MAIN]!
    const whole = this.capacity === Number.POSITIVE_INFINITY ? total : Math.max(total, this.capacity)
    return total === 0 ? 0 : (whole - this.smallShare()) * (this.residents / total)
  }

  /** The oldest of the small queue that was used too little to be promoted. */
  private aheadInSmall(): number {
    const { queues, uses } = this
    let slot = this.smallPassed === NONE ? queues.tail(SMALL) : queues.newer(this.smallPassed)
    for (; slot !== NONE && uses[slot]! >= PROMOTED_FROM; slot = queues.newer(slot)) this.smallPassed = slot
    return slot
  }

  /** The oldest of the main queue that has no use left after this many rounds. */
  private aheadInMain(): number {
    const { queues, uses, round } = this
    let slot = this.mainPassed === NONE ? queues.tail(MAIN) : queues.newer(this.mainPassed)
    for (; slot !== NONE && uses[slot]! > round; slot = queues.newer(slot)) this.mainPassed = slot
    return slot
  }

  /** Promotes and gives rounds until the victim is the oldest of its queue. */
  private sweep(): void {
    const { queues, uses } = this
    if (this.smallGives()) {
      for (let slot = queues.tail(SMALL); slot !== NONE; slot = queues.tail(SMALL)) {
        if (uses[slot]! < PROMOTED_FROM) return
        this.promote(slot)
      }
    }
    for (let slot = queues.tail(MAIN); uses[slot]! > 0; slot = queues.tail(MAIN)) {
      uses[slot]!--
      queues.moveToHead(MAIN, slot)
    }
    this.round = 0
    this.mainPassed = NONE
  }

  private promote(slot: number): void {
    this.leave(slot)
    this.enter(MAIN, slot)
  }

  private enter(queue: number, slot: number): void {
    const { queues } = this
    this.queueOf[slot] = queue
    this.uses[slot] = 0
    // The rounds that the others have are more than this one's.
    if (queue === MAIN && this.round > 0) {
      this.round = 0
      this.mainPassed = queues.head(MAIN)
    }
    queues.addToHead(queue, slot)
    this.weightIn[queue]! += this.weights.of(slot)
  }

  private leave(slot: number): void {
    const { queues } = this
    const queue = this.queueOf[slot]!
    if (slot === this.smallPassed) this.smallPassed = queues.older(slot)
    else if (slot === this.mainPassed) this.mainPassed = queues.older(slot)
    queues.remove(queue, slot)
    this.weightIn[queue]! -= this.weights.of(slot)
    if (queues.tail(queue) !== NONE) return
    // Sums of fractions end near zero, not at it.
    this.weightIn[queue] = 0
    if (queue === MAIN) this.round = 0
  }

  private grow(slot: number): void {
    const capacity = Math.max(slot + 1, this.uses.length * 2)
    const { uses, queueOf, hashes } = this
    this.uses = new Uint8Array(capacity)
    this.uses.set(uses)
    this.queueOf = new Uint8Array(capacity)
    this.queueOf.set(queueOf)
    this.hashes = new Int32Array(capacity)
    this.hashes.set(hashes)
  }
}
