/**
 * Replicas compared without reads: walks what one node holds, tells by versions which of the nodes where it belongs lack
 * it or hold something older, and only then sends values. Every copy is a conditional write with the record's own version and the
 * life that it has left, so doing it twice, or late, or beside somebody else, harms nobody.
 *
 * Rendezvous hashing knows no ranges of keys that two nodes share; what is compared at once is therefore one step of SCAN.
 * Bounded: one step is under way at a time, its values in slices of about a mebibyte. Resumable: a step that fails is tried again
 * from the same cursor.
 *
 * Cost. Per key and node where it belongs: its name both ways and 14 bytes of version; a value only where it is missing.
 */
import type { CacheError } from '@mtaio/exceptions'
import { backoffDelay } from '../health/backoff.js'
import { decodeEnvelope } from '../record/envelope.js'
import { compareVersions, isAboutPrefixes, type Version } from '../record/version.js'
import { forgetAtOf } from '../record/wire-record.js'
import type { Cluster } from './cluster.js'
import { ComparisonVerbs, type Head, type Standing } from './comparison-verbs.js'
import { isOutOfReach } from './out-of-reach.js'
import { clearedRegisters, isClearedRegister } from './register.js'
import { patternsOf, type Whereabouts, whereaboutsOf } from './whereabouts.js'

/** What a comparison did so far. Counts only go up. */
export interface ComparisonCounts {
  /** Keys looked at. */
  keys: number
  /** Copies sent, and their bytes. */
  copied: number
  bytes: number
  /** What lay where it does not belong, and was removed once all nodes where it does had it. */
  dropped: number
  /** Copies that could not be made: damaged records, nodes that refused. */
  failed: number
  /** Copies that were not made, or not looked at, because the node where they belong was down. */
  missed: number
}

export interface Walk {
  /** The outermost namespace. */
  readonly root: string
  /** The nodes where a key belongs. */
  readonly owners: (place: Whereabouts) => readonly string[]
  /** Those among them that are to be put right; all, unless given. */
  readonly targets?: ((node: string) => boolean) | undefined
  /** Who may be given copies; all, unless given. Others count as down. */
  readonly isReady?: ((node: string) => boolean) | undefined
  /**
   * Whether what does not belong on the node is removed once all its owners have it; where nodes come and go, as long as the
   * membership by which that was found still stands there.
   */
  readonly dropsStrays: boolean | Standing
  readonly counts: ComparisonCounts
  /** Called after each step. Throwing ends the walk. */
  readonly onStep: () => void | Promise<void>
}

interface Found {
  readonly key: string
  readonly place: Whereabouts
  readonly head: Head
  readonly owners: readonly string[]
}

const KEYS_A_STEP = 512
const SLICE_BYTES = 1 << 20
const SLICE_KEYS = 128
/** Looking at a version is so much less than sending a value. */
const LOOK_WEIGHT = 0.1
const MOST_TRIES = 8
const RETRY = { base: 100, cap: 5000 }

export function newCounts(): ComparisonCounts {
  return { keys: 0, copied: 0, bytes: 0, dropped: 0, failed: 0, missed: 0 }
}

export class Comparison {
  private readonly verbs: ComparisonVerbs

  constructor(private readonly cluster: Cluster) {
    this.verbs = new ComparisonVerbs(cluster.verbs)
  }

  /** Walks one node: its registers first, so that nothing is copied that they have killed. Rejects when a step keeps failing. */
  async walk(source: string, walk: Walk): Promise<void> {
    for (const pattern of patternsOf(walk.root)) {
      let cursor = '0'
      do cursor = await insist(this.cluster, () => this.step(source, pattern, cursor, walk))
      while (cursor !== '0')
    }
  }

  /** @returns where to go on */
  private async step(source: string, pattern: string, cursor: string, walk: Walk): Promise<string> {
    const { cluster } = this
    const { keys, cursor: next } = await cluster.ask(source, () =>
      cluster.verbs.scan(source, cursor, pattern, KEYS_A_STEP, cluster.budget()),
    )
    await cluster.pace.take(keys.length * LOOK_WEIGHT)
    const places = new Map<string, Whereabouts>()
    for (const key of keys) {
      const place = whereaboutsOf(key, walk.root)
      if (place !== undefined) places.set(key, place)
    }
    const wanted = [...places].filter(([, place]) => walk.owners(place).some((node) => node !== source))
    const names = wanted.map(([key]) => key)
    const heads = await cluster.ask(source, () => this.verbs.heads(source, names, cluster.budget()))
    const found: Found[] = []
    for (const [i, [key, place]] of wanted.entries()) {
      const head = heads[i]
      // A register that is about prefixes comes with its list, and only with it.
      const isOfList = head !== undefined && isClearedRegister(key) && isAboutPrefixes(head.version)
      if (head !== undefined && !isOfList) found.push({ key, place, head, owners: walk.owners(place) })
    }
    walk.counts.keys += places.size
    await this.putRight(source, found, walk)
    await walk.onStep()
    return next
  }

  private async putRight(source: string, found: readonly Found[], walk: Walk): Promise<void> {
    const { cluster, verbs } = this
    const nodes = new Set(found.flatMap(({ owners }) => owners))
    nodes.delete(source)
    /** Per key, how many of its owners are known to have it. */
    const safe = new Map<Found, number>()
    for (const node of nodes) {
      const here = found.filter(({ owners }) => owners.includes(node))
      if (!cluster.isUp(node) || walk.isReady?.(node) === false) {
        if (walk.targets?.(node) !== false) walk.counts.missed += here.length
        continue
      }
      const heads = await cluster.ask(node, () =>
        verbs.heads(
          node,
          here.map(({ key }) => key),
          cluster.budget(),
        ),
      )
      const lacking: Found[] = []
      for (const [i, each] of here.entries()) {
        if (isOlder(heads[i]?.version, each.head.version)) lacking.push(each)
        else safe.set(each, (safe.get(each) ?? 0) + 1)
      }
      if (walk.targets?.(node) === false) continue
      for (const each of await this.copy(source, node, lacking, walk)) safe.set(each, (safe.get(each) ?? 0) + 1)
    }
    const { dropsStrays } = walk
    if (dropsStrays === false) return
    const onlyIf = dropsStrays === true ? undefined : dropsStrays
    const strays = found.filter((each) => !each.owners.includes(source) && safe.get(each) === each.owners.length)
    const keys = strays.map(({ key }) => key)
    const versions = strays.map(({ head }) => head.version)
    walk.counts.dropped += await cluster.ask(source, () => verbs.drop(source, keys, versions, cluster.budget(), onlyIf))
  }

  /** Sends what `target` lacks; answers what it has now. */
  private async copy(source: string, target: string, lacking: readonly Found[], { counts }: Walk): Promise<Found[]> {
    const { cluster } = this
    const held: Found[] = []
    for (const slice of slicesOf(lacking)) {
      await cluster.pace.take(slice.length)
      const values = await cluster.ask(source, () =>
        cluster.verbs.read(
          source,
          slice.map(({ key }) => key),
          cluster.budget(),
        ),
      )
      const budget = cluster.budget()
      await Promise.all(
        slice.map(async (each, i) => {
          const request = requestOf(each, values[i] ?? null, source)
          if (request === undefined) return
          if (request === 'damaged') {
            counts.failed++
            return
          }
          try {
            const inTheWay = await cluster.store(target, request, budget)
            held.push(each)
            if (inTheWay !== undefined) return
            counts.copied++
            counts.bytes += request.envelope.length
          } catch (error) {
            if (isOutOfReach(error) || (error as CacheError).code === 'BUSY') throw error
            counts.failed++
          }
        }),
      )
    }
    return held
  }
}

/** Tries a step again where it fails, so many times, after pauses that grow. @throws its last error, or Stopped */
export async function insist<R>(cluster: Cluster, step: () => Promise<R>): Promise<R> {
  const { clock, random } = cluster.parts
  for (let attempt = 0; ; attempt++) {
    if (cluster.isClosed) throw new Stopped()
    try {
      return await step()
    } catch (error) {
      if (error instanceof Stopped || attempt === MOST_TRIES) throw error
      await new Promise<void>((resolve) => clock.setTimer(resolve, backoffDelay(attempt, RETRY, random)))
    }
  }
}

/** The walk was left on purpose: closed, aborted, or no longer needed. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

function isOlder(there: Version | undefined, here: Version): boolean {
  return there === undefined || compareVersions(there, here) < 0
}

function requestOf({ key, place }: Found, bytes: Uint8Array | null, source: string) {
  // It is gone meanwhile, and so is the reason to copy it.
  if (bytes === null) return undefined
  try {
    const record = decodeEnvelope(bytes, key, source)
    const forgetAt = forgetAtOf(record)
    if (place.kind === 'register') return { key, envelope: bytes, forgetAt, registers: [] }
    return {
      ...{ key, name: place.name, envelope: bytes, forgetAt },
      registers: clearedRegisters(place.path),
      isCopy: true,
    }
  } catch {
    return 'damaged'
  }
}

/** Runs of about a mebibyte, or of one record that is larger. */
function* slicesOf(found: readonly Found[]): Iterable<Found[]> {
  let slice: Found[] = []
  let bytes = 0
  for (const each of found) {
    if (slice.length > 0 && (slice.length === SLICE_KEYS || bytes + each.head.length > SLICE_BYTES)) {
      yield slice
      slice = []
      bytes = 0
    }
    slice.push(each)
    bytes += each.head.length
  }
  if (slice.length > 0) yield slice
}
