import { CacheConfigError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type QuorumOptions, resolveQuorums } from './quorum-rule.js'

describe('resolveQuorums', () => {
  it.each<[QuorumOptions, [number, number, number]]>([
    [{ nodes: 1 }, [1, 1, 1]],
    [{ nodes: 2 }, [2, 1, 2]],
    [{ nodes: 5 }, [2, 1, 2]],
    [{ nodes: 3, replicationFactor: 3 }, [3, 1, 3]],
    [{ nodes: 3, replicationFactor: 3, readQuorum: 2 }, [3, 2, 2]],
    [{ nodes: 3, replicationFactor: 3, readQuorum: 3 }, [3, 3, 1]],
    [{ nodes: 3, replicationFactor: 3, writeQuorum: 1 }, [3, 1, 1]],
    [{ nodes: 3, replicationFactor: 1 }, [1, 1, 1]],
    [{ nodes: 2, replicationFactor: undefined, readQuorum: undefined, writeQuorum: undefined }, [2, 1, 2]],
  ])('of %o has copies, read and write quorum %j', (options, [replicationFactor, readQuorum, writeQuorum]) => {
    expect(resolveQuorums(options)).toEqual({
      replicationFactor,
      readQuorum,
      writeQuorum,
      quorum: 'sloppy',
      linearizable: false,
    })
  })

  it('by default lets every read meet the latest acknowledged write', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(), fc.nat(), (nodes, a, b) => {
        const replicationFactor = 1 + (a % nodes)
        const readQuorum = 1 + (b % replicationFactor)
        const { writeQuorum } = resolveQuorums({ nodes, replicationFactor, readQuorum })
        expect(readQuorum + writeQuorum).toBe(replicationFactor + 1)
      }),
    )
  })

  it('keeps the mode that was asked for', () => {
    expect(resolveQuorums({ nodes: 1, quorum: 'strict' }).quorum).toBe('strict')
    expect(resolveQuorums({ nodes: 1, quorum: 'sloppy' }).quorum).toBe('sloppy')
  })

  it.each<[QuorumOptions, RegExp]>([
    [{ nodes: 0 }, /nodes is 0.*name at least one node/],
    [{ nodes: 2, replicationFactor: 3 }, /replicationFactor is 3, but there are 2 nodes: add nodes, or .* 1 to 2/],
    [{ nodes: 1, replicationFactor: 2 }, /replicationFactor is 2, but there is 1 node: add nodes, or .* 1 to 1/],
    [{ nodes: 3, readQuorum: 3 }, /readQuorum is 3, but replicationFactor is 2: raise replicationFactor/],
    [{ nodes: 1, readQuorum: 2 }, /readQuorum is 2, but replicationFactor is 1: raise replicationFactor/],
    [{ nodes: 3, writeQuorum: 3 }, /writeQuorum is 3, but replicationFactor is 2: raise replicationFactor/],
    [{ nodes: 3, quorum: 'loose' as 'strict' }, /quorum is 'loose': pass 'sloppy'.*or 'strict'/],
  ])('refuses %o, naming option, value and way out', (options, message) => {
    expect(() => resolveQuorums(options)).toThrow(CacheConfigError)
    expect(() => resolveQuorums(options)).toThrow(message)
  })

  const options = ['nodes', 'replicationFactor', 'readQuorum', 'writeQuorum']
  const values: unknown[] = [0, -1, 1.5, Number.NaN, Infinity, '', '2', {}, true]
  it.each(options.flatMap((name) => values.map((value) => [name, value] as const)))('refuses %s %o', (name, value) => {
    expect(() => resolveQuorums({ nodes: 3, [name]: value } as QuorumOptions)).toThrow(CacheConfigError)
    expect(() => resolveQuorums({ nodes: 3, [name]: value } as QuorumOptions)).toThrow(name)
  })
})

describe("consistency: 'linearizable'", () => {
  it('settles majorities, strictly, whatever the number of copies', () => {
    for (const [replicationFactor, most] of [
      [1, 1],
      [2, 2],
      [3, 2],
      [5, 3],
    ] as const) {
      expect(resolveQuorums({ nodes: 5, replicationFactor, consistency: 'linearizable' })).toEqual({
        replicationFactor,
        readQuorum: most,
        writeQuorum: most,
        quorum: 'strict',
        linearizable: true,
      })
    }
  })

  it.each<Partial<QuorumOptions>>([{ readQuorum: 1 }, { writeQuorum: 3 }, { quorum: 'sloppy' }])(
    'refuses %o beside it',
    (other) => {
      const options = { nodes: 3, replicationFactor: 3, consistency: 'linearizable', ...other } as const
      expect(() => resolveQuorums(options)).toThrow(/leave .* out/)
    },
  )

  it('is the only consistency that a whole cache can have', () => {
    expect(() => resolveQuorums({ nodes: 3, consistency: 'quorum' as never })).toThrow(/cache\.with/)
  })
})
