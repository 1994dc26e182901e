import { describe, expect, it } from 'vitest'
import { explore, type Quorum } from '../../test-support/transaction-histories.js'
import { ACCEPT, APPLY, PREPARE } from '../record/group-scripts.js'
import type { Command, Reply } from '../resp/reply.js'
import type { SimulatedNode } from '../testing/simulation/simulated-node.js'

const QUORUMS: Record<string, Quorum> = {
  'two replicas, as is the default': {},
  'majorities of three': { replicationFactor: 3, readQuorum: 2, quorum: 'strict' },
  'all of three to a write': { replicationFactor: 3, readQuorum: 1, quorum: 'strict' },
}

/** `SEEDS=5000` for an evening. */
const SEEDS = Number(process.env.SEEDS ?? 40)

describe('transactions by several clients that fail, over a network that fails', () => {
  it.each(Object.entries(QUORUMS))(
    'have an order that explains them: %s',
    async (_name, quorum) => {
      const { unexplained, committed, refused, unknown, histories } = await explore(1, SEEDS, quorum)
      if (process.env.SEEDS) console.log({ histories, committed, refused, unknown })
      for (const { seed, history } of unexplained.slice(0, 1)) {
        console.log(seed, history)
      }
      expect(unexplained.map(({ seed }) => seed)).toEqual([])
      expect(committed).toBeGreaterThan(SEEDS * 5)
      expect(refused).toBeGreaterThan(0)
      expect(unknown).toBeGreaterThan(0)
    },
    3_600_000,
  )
})

/** What a node does wrong, by the script that it is asked to run. */
const faults: Record<string, (command: Command, run: (command: Command) => Reply) => Reply> = {
  'shows no versions, so that nothing seems to have changed': (command, run) => {
    const reply = run(command)
    if (command[1] !== PREPARE.sha1 || !Array.isArray(reply)) return reply
    return reply.map((part, i) => (i === 0 ? part : new Uint8Array(0)))
  },
  'shows no decision': (command, run) => {
    const reply = run(command)
    if (command[1] !== PREPARE.sha1 || !Array.isArray(reply)) return reply
    return reply.map((part, i) => (i === 0 ? new Uint8Array(0) : part))
  },
  'breaks its promise': (command, run) => {
    const reply = run(command)
    if (command[1] !== ACCEPT.sha1 || reply === 1) return reply
    const [ballot, , expiry] = command.slice(4)
    // As if it had promised whatever ballot it is asked about.
    run(['DEL', command[3]!])
    run(['EVALSHA', PREPARE.sha1, '1', command[3]!, ballot!, expiry!])
    return run(command)
  },
  'says that it took a decision, and forgets it': (command, run) => {
    if (command[1] !== ACCEPT.sha1) return run(command)
    return 1
  },
  'applies the first write only': (command, run) => {
    if (command[1] !== APPLY.sha1 || Number(command[2]) < 3) return run(command)
    return run([
      ...command.slice(0, 2),
      '2',
      ...command.slice(3, 5),
      ...command.slice(3 + Number(command[2])).slice(0, 3),
    ])
  },
}

describe('the search for an order notices when', () => {
  it.each(Object.entries(faults))(
    'every node %s',
    async (_name, fault) => {
      const plant = (node: SimulatedNode) => {
        node.intercept = (command, run) => (command[0] === 'EVALSHA' ? fault(command, run) : run(command))
      }
      let unexplained = 0
      for (let seed = 1; unexplained === 0 && seed < 1000; seed += 24) {
        unexplained = (await explore(seed, 24, QUORUMS['majorities of three']!, plant)).unexplained.length
      }
      expect(unexplained).toBeGreaterThan(0)
    },
    120_000,
  )
})
