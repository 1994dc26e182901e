/**
 * All nodes, listened to: whether what was read at some time is still known to hold. Entries do not remember nodes or
 * times but a count, which goes up whenever some node begins or ends to be listened to: as long as it stands, nothing has been
 * missed.
 */
import type { CancelTimer } from '@mtaio/core'
import { Ear, type EarEvents, type EarParts } from './ear.js'

export interface EarsParts extends EarParts {
  /** Who the nodes are; another array when that has changed. */
  readonly nodes: () => readonly string[]
  /** Until when this client may go by what it knows of the nodes, ms. */
  readonly placesHoldUntil: () => number
  /** Sees to it that this is put off. */
  readonly refreshPlaces: () => void
}

/** Proofs that are asked for within the time for which one holds. */
const PROOFS = 4

export class Ears {
  /** Goes up with every beginning and end. */
  count = 0
  /** Until when all who listen are known to have heard everything, ms. */
  provenUntil = Number.NEGATIVE_INFINITY
  private readonly ears = new Map<string, Ear>()
  private known: readonly string[] = []
  private cancelBeat: CancelTimer | undefined
  private isClosed = false
  private readonly earEvents: EarEvents

  constructor(
    private readonly parts: EarsParts,
    events: EarEvents,
  ) {
    this.earEvents = {
      heard: events.heard,
      opened: (ear) => {
        ear.since = ++this.count
        this.reckon()
        events.opened(ear)
      },
      lost: (ear, cause) => {
        this.count++
        this.reckon()
        events.lost(ear, cause)
      },
      proven: (ear) => {
        this.reckon()
        events.proven(ear)
      },
      refused: events.refused,
    }
  }

  /** Listens to all nodes from now on, those that come later included. */
  wake(): void {
    const { nodes, clock, patience } = this.parts
    if (this.known !== nodes()) this.follow()
    if (this.cancelBeat !== undefined || this.isClosed) return
    const beat = () => {
      this.cancelBeat = clock.setTimer(beat, patience / PROOFS)
      this.parts.refreshPlaces()
      if (this.known !== nodes()) this.follow()
      this.reckon()
      for (const ear of this.ears.values()) void ear.prove()
    }
    this.cancelBeat = clock.setTimer(beat, patience / PROOFS)
  }

  /** Whether what was read from these nodes when the count was `stamp` has been listened to ever since, and nothing can have been missed. */
  haveHeard(nodes: readonly string[], stamp: number): boolean {
    const now = this.parts.clock.now()
    if (now >= this.parts.placesHoldUntil()) return false
    return nodes.every((node) => {
      const ear = this.ears.get(node)
      return ear?.listens === true && ear.since <= stamp && now < ear.provenAt + this.parts.patience
    })
  }

  /** When it was last known that nothing had been missed from these nodes since the count was `stamp`, ms; `undefined`: never. */
  heardUntil(nodes: readonly string[], stamp: number): number | undefined {
    let until = Number.POSITIVE_INFINITY
    for (const node of nodes) {
      const ear = this.ears.get(node)
      if (ear === undefined || ear.since > stamp) return undefined
      until = Math.min(until, ear.provenAt)
    }
    return until
  }

  /** Whether no node has given a sign since `at`, ms. */
  isSilentSince(at: number): boolean {
    for (const ear of this.ears.values()) if (ear.listens && ear.provenAt >= at) return false
    return true
  }

  /** How many nodes are listened to. */
  get listening(): number {
    let listening = 0
    for (const { listens } of this.ears.values()) if (listens) listening++
    return listening
  }

  /** Asks all who listen for a proof: resolves when all that nodes had to say before is heard, or their connections are lost. */
  async prove(): Promise<void> {
    await Promise.all([...this.ears.values()].map((ear) => ear.prove()))
  }

  /** Resolves when each node is listened to or could not be. @throws CacheConfigError when one refuses to be */
  async ready(): Promise<void> {
    this.wake()
    await Promise.all([...this.ears.values()].map((ear) => ear.open()))
    for (const { refusal } of this.ears.values()) if (refusal !== undefined) throw refusal
  }

  close(): void {
    this.isClosed = true
    this.cancelBeat?.()
    this.count++
    this.provenUntil = Number.NEGATIVE_INFINITY
    for (const ear of this.ears.values()) ear.close()
    this.ears.clear()
  }

  private follow(): void {
    if (this.isClosed) return
    this.known = this.parts.nodes()
    for (const [node, ear] of [...this.ears]) {
      if (this.known.includes(node)) continue
      this.ears.delete(node)
      ear.close()
      this.count++
    }
    for (const node of this.known) {
      if (this.ears.has(node)) continue
      const ear = new Ear(node, this.parts, this.earEvents)
      this.ears.set(node, ear)
      void ear.open()
    }
  }

  private reckon(): void {
    let until = this.parts.placesHoldUntil()
    for (const { listens, provenAt } of this.ears.values()) {
      if (listens) until = Math.min(until, provenAt + this.parts.patience)
    }
    this.provenUntil = until
  }
}
