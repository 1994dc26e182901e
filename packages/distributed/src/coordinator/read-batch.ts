/**
 * What one node is asked by all reads of one turn: their registers, then their keys, in one command with one deadline. Each
 * read is told what lies under its key, while it lies where it came in, and goes its own way with it; if the question fails,
 * each of them fails.
 */
import { compareVersions, NO_VERSION, type Version } from '../record/version.js'
import type { ElementReader } from '../resp/element-reader.js'
import type { Reply } from '../resp/reply.js'
import type { Budget } from './budget.js'
import type { Cluster } from './cluster.js'
import type { Waiting } from './hedges.js'
import type { NodeState } from './node-state.js'
import type { Shown } from './read-request.js'
import { type Told, unexpected } from './replica-verbs.js'

/** Whether an answer takes longer than is usual for its node, or so long that the node may hang. */
export type Lateness = 'unusual' | 'hanging'

/** Somebody who waits for what nodes show under one key. */
export interface BatchedRead {
  readonly key: string
  /**
   * A node shows the bytes from `start` to `end`, or nothing. They are the batch's own where it keeps them, else they hold until
   * this returns. Must not throw.
   */
  hear(batch: ReadBatch, bytes: Uint8Array | null, start: number, end: number): void
  fail(batch: ReadBatch, reason: unknown): void
  late(batch: ReadBatch, lateness: Lateness): void
}

export class ReadBatch implements Told<Shown>, ElementReader, Waiting {
  isDone = false
  /** Whether answers are kept until others have come. */
  isKept = false
  /** When what is being read came in, ms since the epoch. */
  now = 0
  /** What lies under the registers. */
  readonly registers: (Uint8Array | null)[] = []
  /** The version of each, `NO_VERSION` where there is none. */
  readonly registerVersions: Version[] = []
  /** The newest version among them, if there is one. */
  newestRegister: Version | undefined
  /** Whether one of them is not vouched for by its checksum. */
  isDamaged = false
  private readonly reads: BatchedRead[] = []
  private readonly keys: string[]
  private readonly registerCount: number
  private at = 0
  private askedAt = 0
  private lateness: Lateness = 'hanging'
  /** The chunk being read and where it ends; of what is kept, the copy, and where in the chunk that begins. */
  private chunk: Uint8Array | undefined
  private chunkEnd = 0
  private copy: Buffer | undefined
  private copiedFrom = 0

  constructor(
    private readonly cluster: Cluster,
    readonly state: NodeState,
    registers: readonly string[],
  ) {
    this.keys = [...registers]
    this.registerCount = registers.length
  }

  get elements(): ElementReader {
    return this
  }

  /** How many reads there are. */
  get size(): number {
    return this.reads.length
  }

  add(read: BatchedRead): void {
    this.reads.push(read)
    this.keys.push(read.key)
    this.state.inFlight++
  }

  send(budget: Budget): void {
    const { cluster, state } = this
    const { hedges, parts } = cluster
    this.askedAt = parts.clock.now()
    cluster.verbs.readFor(this, state.id, this.keys, budget)
    const { usual } = state
    if (usual >= hedges.patience) return hedges.watchOver(this)
    this.lateness = 'unusual'
    state.hedges.watchOver(this, usual)
  }

  late(): void {
    for (const read of this.reads) read.late(this, this.lateness)
  }

  begin(count: number, chunk: Uint8Array, end: number): void {
    if (count === this.keys.length) this.more(chunk, end)
    else this.failed(unexpected(this.state.id, 'MGET'))
  }

  more(chunk: Uint8Array, end: number): void {
    this.now = this.cluster.parts.wallNow()
    this.chunk = chunk
    this.chunkEnd = end
    this.copy = undefined
  }

  read(bytes: Uint8Array, start: number, end: number): void {
    if (!this.isKept) return this.take(bytes, start, end)
    if (bytes !== this.chunk) return this.take(Buffer.from(bytes.buffer, bytes.byteOffset), start, end)
    if (this.copy === undefined) {
      this.copy = Buffer.from(copyOf(bytes, start, this.chunkEnd).buffer)
      this.copiedFrom = start
    }
    this.take(this.copy, start - this.copiedFrom, end - this.copiedFrom)
  }

  readOther(reply: Reply): void {
    if (reply === null) this.take(null, 0, 0)
    else this.failed(unexpected(this.state.id, 'MGET'))
  }

  heard(values: Shown): void {
    this.now = this.cluster.parts.wallNow()
    for (const bytes of values) {
      if (bytes === null) this.take(null, 0, 0)
      else this.read(bytes, 0, bytes.length)
    }
  }

  failed(reason: unknown): void {
    if (this.isDone) return
    this.isDone = true
    this.cluster.heardNot(this.state, this.askedAt, reason, this.reads.length)
    for (let i = Math.max(0, this.at - this.registerCount); i < this.reads.length; i++)
      this.reads[i]!.fail(this, reason)
  }

  private take(bytes: Uint8Array | null, start: number, end: number): void {
    if (this.isDone) return
    const at = this.at++ - this.registerCount
    if (at >= 0) this.reads[at]!.hear(this, bytes, start, end)
    else this.registerShown(bytes === null ? null : copyOf(bytes, start, end))
    if (this.at < this.keys.length || this.isDone) return
    this.isDone = true
    this.chunk = this.copy = undefined
    this.cluster.heard(this.state, this.askedAt, this.reads.length)
  }

  private registerShown(bytes: Uint8Array | null): void {
    const version = this.cluster.registers.versionOf(bytes, this.keys[this.registers.length]!)
    this.registers.push(bytes)
    this.registerVersions.push(version ?? NO_VERSION)
    if (version === undefined) this.isDamaged = true
    if (bytes === null || version === undefined) return
    const newest = this.newestRegister
    if (newest === undefined || compareVersions(version, newest) > 0) this.newestRegister = version
  }
}

/** A part of bytes in an array of its own, which is no Buffer. */
export function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start)
  copy.set(bytes.subarray(start, end))
  return copy
}
