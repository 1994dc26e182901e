/**
 * Loads of several clients against everything that invalidates, in random orders of every request and every reply. A longer run:
 * `npm run interleavings`, or `INTERLEAVINGS=100000 vitest run packages/distributed/src/client/interleavings.test.ts`.
 */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Action, actions, actionsAround } from '../../test-support/interleaved-actions.js'
import { InterleavedCluster } from '../../test-support/interleaved-cluster.js'
import type { Cluster } from '../coordinator/cluster.js'
import { FillWrite } from '../coordinator/fill-write.js'
import { PrefixRules } from '../coordinator/prefix-rules.js'
import { WriteCoordinator } from '../coordinator/write-coordinator.js'
import { decodeEnvelope, versionOf } from '../record/envelope.js'
import { compareVersions, editionOf, NO_VERSION, type Version } from '../record/version.js'

const MAJORITY = { replicationFactor: 3, readQuorum: 2, writeQuorum: 2, quorum: 'strict' } as const
const SHORT = 200
const runs = Number(process.env.INTERLEAVINGS ?? SHORT)
const quorums = fc.constantFrom({}, MAJORITY, { consistency: 'linearizable' } as const)

/** What breaks, if anything, in `numRuns` interleavings at most; and how many different ones there were. */
async function explore(numRuns: number, what = actions) {
  const different = new Set<string>()
  let broken: readonly string[] = []
  const details = await fc.check(
    fc.asyncProperty(fc.scheduler(), what, quorums, async (scheduler, steps, quorum) => {
      const world = new InterleavedCluster(scheduler, quorum)
      await world.run(steps)
      different.add(digestOf(`${world.log.join()}${JSON.stringify(scheduler.report().map(({ label }) => label))}`))
      broken = world.broken
      return broken.length === 0
    }),
    { numRuns, endOnFailure: true },
  )
  return { failed: details.failed, broken, details, different: different.size }
}

/** Of the few bytes that millions of them may take. */
const digestOf = (text: string) => createHash('md5').update(text).digest('base64')

describe('loads and invalidations of a cluster, interleaved at every request and reply', () => {
  it(
    'law: no order of events serves from the cache what was read before an invalidation',
    async () => {
      const { broken, details, different } = await explore(runs)
      if (runs > SHORT) console.log(`${different} different interleavings in ${details.numRuns} runs`)
      expect(broken, fc.defaultReportMessage(details)).toEqual([])
      expect(different).toBeGreaterThan(runs * 0.9)
    },
    Number.POSITIVE_INFINITY,
  )
})

/** What stands in the way of a load, by the kind of change that put it there. */
type Kind = 'set' | 'delete' | 'touch' | 'clear' | 'prefix' | 'tag' | 'stale tag'

function kindOf(physical: string, bytes: Uint8Array): Kind {
  const version = versionOf(bytes)!
  if (physical.startsWith('!cleared:')) return editionOf(version) === 0 ? 'clear' : 'prefix'
  if (physical.startsWith('!tag:')) return 'tag'
  if (physical.startsWith('!stale:')) return 'stale tag'
  const { tombstone } = decodeEnvelope(bytes, physical)
  return tombstone ? 'delete' : (editionOf(version) & 0xff) > 0 ? 'touch' : 'set'
}

/** A load that is turned away for changes of this kind alone is stored all the same, past whatever stands there. */
function notFencedAgainst(kind: Kind) {
  const { store } = FillWrite.prototype
  vi.spyOn(FillWrite.prototype, 'store').mockImplementation(async function (this: FillWrite, make, evidence, budget) {
    const round = await store.call(this, make, evidence, budget)
    if (round.outcome === 'stored') return round
    const cluster = Reflect.get(this, 'cluster') as Cluster
    const { versions } = cluster.parts
    const { key, registers } = make(versions.next())
    const { result, version } = evidence
    const seen = [result.version, ...result.registers]
    const shown = await Promise.all(cluster.nodes.map((node) => cluster.verbs.read(node, [key, ...registers], budget)))
    const kinds = new Set<Kind>()
    for (const [i, physical] of [key, ...registers].entries()) {
      for (const bytes of shown.map((each) => each[i]!)) {
        const held: Version = (bytes === null ? undefined : versionOf(bytes)) ?? NO_VERSION
        if (compareVersions(held, seen[i] ?? version) <= 0) continue
        kinds.add(kindOf(physical, bytes!))
        versions.observe(held)
      }
    }
    if (kinds.size !== 1 || !kinds.has(kind)) return round
    return new WriteCoordinator(cluster).tryOnce(make(versions.next()), budget)
  })
}

describe('the law notices a cluster', () => {
  afterEach(() => void vi.restoreAllMocks())

  const faults: Readonly<Record<string, readonly [plant: () => unknown, ...verbs: Action['do'][]]>> = {
    'whose loads are not fenced against set': [() => notFencedAgainst('set'), 'set'],
    'whose loads are not fenced against delete': [() => notFencedAgainst('delete'), 'delete'],
    'whose loads are not fenced against clear, of a namespace or above it': [() => notFencedAgainst('clear'), 'clear'],
    'whose loads are not fenced against prefixes': [() => notFencedAgainst('prefix'), 'deleteByPrefix'],
    'whose loads are not fenced against tags': [() => notFencedAgainst('tag'), 'deleteByTag', 'deleteByTags'],
    'whose loads are not fenced against tags that expire': [() => notFencedAgainst('stale tag'), 'expireByTag'],
    'that takes no key for one whose prefix was removed': [
      () => vi.spyOn(PrefixRules.prototype, 'ruling').mockResolvedValue(NO_VERSION),
      'deleteByPrefix',
    ],
  }

  it.each(Object.entries(faults))(
    '%s',
    async (_fault, [plant, ...verbs]) => {
      plant()
      expect((await explore(3000, actionsAround(...verbs))).failed).toBe(true)
    },
    60_000,
  )
})
