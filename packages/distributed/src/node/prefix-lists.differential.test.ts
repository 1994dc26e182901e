/** Lists of prefixes merged natively, against a server that runs the script; and the laws of merging. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { requireRedis } from '../../test-support/redis-server.js'
import { sameReplies } from '../../test-support/same-replies.js'
import { bodyOf, checksumSeed, sealedRegister, versionOf } from '../record/envelope.js'
import { decodePrefixes, encodePrefixes, mergedRules, type PrefixRule, removedAt } from '../record/prefix-list.js'
import { MERGE } from '../record/prefix-script.js'
import { compareVersions, makeVersion, type Version } from '../record/version.js'
import type { Command, Reply } from '../resp/reply.js'
import { NodeEngine } from './node-engine.js'

const REGISTER = '!cleared:test'
const LIST = '!prefixes:test'
const SEEDS = [REGISTER, LIST].map((key) => String(checksumSeed(key)))
const encoder = new TextEncoder()

/** Few, so that they meet; counters that run over, too. */
const times = fc.tuple(fc.constantFrom(1, 2, 3), fc.constantFrom(0, 0xffff))
const aboutPrefixes = times.map(([time, counter]) => makeVersion(time, counter, 7, 1))
const ofClear = times.map(([time, counter]) => makeVersion(time, counter, 7, 0))
const prefix = fc.oneof(fc.stringMatching(/^[ab]{0,3}$/), fc.constantFrom('ü', 'ü😀', 'üx'.repeat(40)))
const rules = fc.array(fc.record({ prefix, version: fc.oneof(aboutPrefixes, ofClear) }), { maxLength: 5 })

const merge = (version: Version, given: readonly PrefixRule[]): Command => [
  ...['EVALSHA', MERGE.sha1, '2', REGISTER, LIST],
  version,
  encodePrefixes(mergedRules(given)),
  ...SEEDS,
]
const list = (version: Version, held: readonly PrefixRule[]) =>
  sealedRegister(version, encodePrefixes(mergedRules(held)), checksumSeed(LIST))

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(aboutPrefixes, rules).map(([version, given]) => merge(version, given)) },
  {
    weight: 1,
    arbitrary: fc
      .oneof(aboutPrefixes, ofClear)
      .map((version): Command => ['SET', REGISTER, sealedRegister(version, new Uint8Array(0), checksumSeed(REGISTER))]),
  },
  { weight: 1, arbitrary: fc.tuple(aboutPrefixes, rules).map(([v, held]): Command => ['SET', LIST, list(v, held)]) },
  { weight: 1, arbitrary: fc.constantFrom(REGISTER, LIST).map((key): Command => ['DEL', key]) },
  { weight: 1, arbitrary: fc.constantFrom<Command>(['SETRANGE', LIST, '30', 'x'], ['SET', LIST, 'foreign']) },
)
const state: Command[] = [REGISTER, LIST].flatMap((key): Command[] => [
  ['GET', key],
  ['PEXPIRETIME', key],
])

describe.runIf(requireRedis())("merging answers as a server's script, and leaves the same behind", () => {
  const beside = sameReplies()

  it('in any order, whatever lies there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 15 }), async (commands) => {
        await beside.same.commands([['SCRIPT', 'LOAD', MERGE.text], ...commands, ...state])
      }),
      { numRuns: 300 },
    )
  })

  it('also of long lists, up to where there is no more room', async () => {
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({
        prefix: `user:${from + i}:`,
        version: makeVersion(1 + i, 0, from, 1),
      }))
    await beside.same.commands([
      ['SCRIPT', 'LOAD', MERGE.text],
      ...[0, 1000, 2000].map((from) => merge(makeVersion(5000 + from, 0, 1, 1), many(from, 1000))),
      ['STRLEN', LIST],
      merge(makeVersion(9000, 0, 1, 1), [{ prefix: 'user:', version: makeVersion(8000, 0, 1, 1) }]),
      ['EVAL', MERGE.text, '2', REGISTER, LIST, makeVersion(9001, 0, 1, 1), 'no list', ...SEEDS],
      ...state,
    ])
  })
})

describe('lists that are merged', () => {
  const engineOf = () => {
    const engine = new NodeEngine({ now: () => 1, hashSeed: 1 })
    const run = (command: Command): Reply =>
      engine.execute(command.map((part) => (typeof part === 'string' ? encoder.encode(part) : part)))
    const held = () => {
      const [register, bytes] = [REGISTER, LIST].map((key) => run(['GET', key]) as Uint8Array | null)
      if (register == null || bytes == null) return undefined
      return { version: versionOf(register)!, listed: versionOf(bytes)!, rules: decodePrefixes(bodyOf(bytes.slice()))! }
    }
    return { run, held }
  }
  const key = fc.stringMatching(/^[ab]{1,4}$/)
  /** What clients merge: each under a version of its own, which is that of its newest rule. */
  const removals = fc.uniqueArray(fc.record({ time: fc.integer({ min: 1, max: 30 }), prefix }), {
    minLength: 1,
    maxLength: 8,
    selector: ({ time }) => time,
  })
  const ruleOf = ({ time, prefix }: { time: number; prefix: string }) => ({
    prefix,
    version: makeVersion(time, 0, 7, 1),
  })

  it('remove what any of them removed, in whatever order they come and however often', () => {
    fc.assert(
      fc.property(removals, fc.infiniteStream(fc.nat()), key, (removals, order, key) => {
        const { run, held } = engineOf()
        const given = removals.map(ruleOf)
        for (const rule of [...given, ...given.filter(() => (order.next().value as number) % 2 === 0)]) {
          expect(run(merge(rule.version, [rule]))).toBe(1)
        }
        const { version, listed, rules } = held()!
        expect(removedAt(key, rules)).toEqual(removedAt(key, given))
        expect(listed).toEqual(version)
        for (const rule of given) expect(compareVersions(version, rule.version)).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('show another version whenever they hold something else, on one node and on several', () => {
    fc.assert(
      fc.property(removals, fc.array(fc.tuple(fc.nat(2), fc.nat(7)), { maxLength: 30 }), (removals, steps) => {
        const nodes = [engineOf(), engineOf(), engineOf()]
        const told = new Map<string, string>()
        for (const [node, step] of steps) {
          const rule = ruleOf(removals[step % removals.length]!)
          nodes[node]!.run(merge(rule.version, [rule]))
          const { version, rules } = nodes[node]!.held()!
          const says = JSON.stringify(rules.map(({ prefix, version }) => [prefix, [...version]]))
          expect(told.get(String(version)) ?? says).toBe(says)
          told.set(String(version), says)
        }
      }),
    )
  })

  it('are the same on all nodes once each was given what the others hold', () => {
    fc.assert(
      fc.property(removals, fc.array(fc.nat(2), { minLength: 8, maxLength: 8 }), (removals, places) => {
        const nodes = [engineOf(), engineOf(), engineOf()]
        for (const [i, removal] of removals.entries()) {
          const rule = ruleOf(removal)
          nodes[places[i]!]!.run(merge(rule.version, [rule]))
        }
        const versions = () => new Set(nodes.map((node) => String(node.held()?.version)))
        for (let round = 0; versions().size > 1; round++) {
          expect(round).toBeLessThan(4)
          for (const from of nodes) {
            const held = from.held()
            for (const to of nodes) if (held !== undefined && to !== from) to.run(merge(held.version, held.rules))
          }
        }
      }),
    )
  })
})
