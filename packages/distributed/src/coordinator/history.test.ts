import { CacheError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import { NODES, type QuorumOptions, settle, simulate } from '../../test-support/simulated-clients.js'
import type { NodeFault } from '../testing/simulated-network.js'

/** One call of a history. `end` is Infinity where the outcome is unknown: it may take effect at any time later. */
interface Call {
  readonly kind: 'write' | 'read'
  readonly what: string
  readonly key: string
  /** What was written (`undefined`: removed) or read. */
  value: unknown
  readonly start: number
  end: number
  readonly client: number
}

const KEYS = ['one', 'two', '{t}three', '{t}four']

function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Runs one seeded history of three clients, whose clocks disagree, over three nodes that fail, one at a time. */
async function run(seed: number, quorum: QuorumOptions, faults: readonly (NodeFault | undefined | 'empty')[]) {
  const random = mulberry(seed)
  const pick = <V>(values: readonly V[]) => values[Math.floor(random() * values.length)]!
  const { clock, network, client } = simulate(quorum)
  network.delay = () => (random() < 0.3 ? Math.floor(random() * 40) : 0)
  const clients = [client({ skew: 0 }), client({ skew: 1000 }), client({ skew: -1000 })]
  const calls: Call[] = []
  let instant = 0
  let open = 0
  let counter = 0
  let hasLost = false

  const record = (
    kind: Call['kind'],
    what: string,
    keys: readonly string[],
    value: unknown,
    by: number,
    run: () => Promise<unknown>,
  ) => {
    const start = instant++
    const made = keys.map((key) => {
      const call: Call = { kind, what, key, value, start, end: Number.POSITIVE_INFINITY, client: by }
      calls.push(call)
      return call
    })
    open++
    run().then(
      (answer) => {
        open--
        for (const call of made) {
          call.end = instant++
          if (kind === 'read') call.value = answer
        }
      },
      (error) => {
        open--
        if (!(error instanceof CacheError)) throw error
        if (kind === 'read') calls.splice(calls.indexOf(made[0]!), 1)
        else if (error.code === 'CONFLICT') for (const call of made) calls.splice(calls.indexOf(call), 1)
      },
    )
  }

  for (let step = 0; step < 60; step++) {
    const by = Math.floor(random() * clients.length)
    const { cache } = clients[by]!
    const key = pick(KEYS)
    const value = `v${counter++}`
    const dice = random()
    if (dice < 0.3)
      record('write', 'set', [key], value, by, () => cache.set(key, value, { tags: random() < 0.3 ? ['tag'] : [] }))
    else if (dice < 0.38) record('write', 'delete', [key], undefined, by, () => cache.delete(key))
    else if (dice < 0.41) record('write', 'clear', KEYS, undefined, by, () => cache.clear())
    else if (dice < 0.46) cache.touch(key).catch(() => undefined)
    else if (dice < 0.54)
      record('write', 'txn', ['{t}three', '{t}four'], value, by, () =>
        cache.transaction((txn) => txn.setMany({ '{t}three': value, '{t}four': value })),
      )
    else record('read', 'get', [key], undefined, by, () => cache.get(key))
    if (random() < 0.15) {
      for (const node of NODES) network.setFault(node, undefined)
      const fault = pick(faults)
      const node = pick(NODES)
      if (fault === 'empty') {
        if (!hasLost) network.restart(node)
        hasLost = true
      } else network.setFault(node, fault)
    }
    const steps = Math.floor(random() * 4)
    for (let turn = 0; turn < steps; turn++) {
      clock.advance(Math.floor(random() * 30))
      for (let i = 0; i < 5; i++) await Promise.resolve()
    }
  }
  for (const node of NODES) network.setFault(node, undefined)
  for (let turn = 0; turn < 400 && open > 0; turn++) {
    clock.advance(50)
    await settle()
  }
  expect(open, `seed ${seed}: calls that never ended`).toBe(0)
  return calls
}

/** Reads that showed what was overwritten, before they began, by a write that was acknowledged by then. */
function staleReads(calls: readonly Call[]): string[] {
  return calls.flatMap((read) => {
    if (read.kind !== 'read') return []
    const writes = calls.filter((call) => call.kind === 'write' && call.key === read.key)
    const removed: Call = {
      kind: 'write',
      what: 'nothing',
      key: read.key,
      value: undefined,
      start: -1,
      end: -1,
      client: -1,
    }
    const sources = [...writes, removed].filter(({ value, start }) => value === read.value && start < read.end)
    const overwritten = (source: Call) => writes.find((write) => source.end < write.start && write.end < read.start)
    // Absence needs no source when anything may have removed it.
    if (sources.some((source) => overwritten(source) === undefined)) return []
    const by = sources.map(overwritten)[0]
    return [
      `${read.key}: read ${String(read.value)} at ${read.start}–${read.end}, overwritten by ${by?.what} ${String(by?.value)} at ${by?.start}–${by?.end}`,
    ]
  })
}

const MAJORITY: QuorumOptions = { replicationFactor: 3, readQuorum: 2, writeQuorum: 2, quorum: 'strict' }

/** Enough for three clients to fall out with each other; `SEEDS=5000` for an evening. */
const SEEDS = Number(process.env.SEEDS ?? 150)

describe('seeded histories over three nodes', () => {
  it('a read sees the latest acknowledged write or a newer one: majorities, nodes out of reach', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const calls = await run(seed, MAJORITY, [undefined, 'down', 'silent', 'mute'])
      expect(staleReads(calls), `seed ${seed}`).toEqual([])
    }
  })

  it('so it does with all replicas to a write and one to a read', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const quorum = { replicationFactor: 3, readQuorum: 1, writeQuorum: 3, quorum: 'strict' } as const
      const calls = await run(seed, quorum, [undefined, 'down', 'silent', 'mute'])
      expect(staleReads(calls), `seed ${seed}`).toEqual([])
    }
  })

  it('every call of a sloppy quorum ends, and with all nodes well it reads what was written last', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      await run(seed, {}, [undefined, 'down', 'silent', 'mute', 'empty'])
      expect(staleReads(await run(seed, {}, [undefined])), `seed ${seed}`).toEqual([])
    }
  })
})
