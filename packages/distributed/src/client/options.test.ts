import { CacheConfigError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import { CacheClient } from './cache-client.js'
import { DistributedCache } from './distributed-cache.js'
import type { DistributedCacheOptions } from './options.js'

const WRONG = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '', '5 parsecs', {}, null]
const NODES = ['localhost:5000', 'localhost:5001', 'localhost:5002']

const refusal = (options: unknown): unknown => {
  try {
    new DistributedCache(options as DistributedCacheOptions)
  } catch (error) {
    return error
  }
  return undefined
}

describe('the options of DistributedCache', () => {
  const allowed: Record<string, unknown[]> = {
    nodes: [],
    replicationFactor: [],
    readQuorum: [],
    writeQuorum: [],
    quorum: [],
    // Any text but the empty one may be a namespace.
    namespace: ['5 parsecs'],
    defaultTtl: [Number.POSITIVE_INFINITY],
    operationTimeout: [],
    tombstoneTtl: [],
    codec: [],
    maxValueBytes: [],
    maxHints: [],
    clock: [],
    wallClock: [],
  }
  for (const [name, fine] of Object.entries(allowed)) {
    it(`${name} is refused by name when it is out of contract`, () => {
      for (const wrong of WRONG) {
        const error = refusal({ nodes: NODES, [name]: wrong })
        if (fine.includes(wrong)) expect(error, String(wrong)).toBe(undefined)
        else {
          expect(error, `${name}: ${String(wrong)}`).toBeInstanceOf(CacheConfigError)
          expect((error as Error).message, `${name}: ${String(wrong)}`).toMatch(new RegExp(`${name}|node`, 'i'))
        }
      }
    })
  }

  it('nodes twice, more replicas or larger quorums than there are, and names that nobody knows are refused', () => {
    for (const options of [
      { nodes: ['localhost:5000', ['localhost', 5000]] },
      { nodes: NODES, replicationFactor: 4 },
      { nodes: NODES, readQuorum: 3 },
      { nodes: NODES, replicationFactor: 3, writeQuorum: 4 },
      { nodes: NODES, namespace: 'a:b' },
      { nodes: NODES, namespace: 'a/b' },
      { nodes: NODES, namespace: '\ud800' },
      { nodes: NODES, readQurom: 2 },
      undefined,
      null,
    ]) {
      expect(refusal(options), JSON.stringify(options)).toBeInstanceOf(CacheConfigError)
    }
    expect((refusal({ nodes: NODES, readQurom: 2 }) as Error).message).toContain('readQuorum')
  })

  it('milliseconds where seconds belong are noticed', () => {
    expect((refusal({ nodes: NODES, defaultTtl: 31_536_001 }) as Error).message).toMatch(/second/)
  })
})

describe('CacheClient', () => {
  it('says to connect first, and what it does not know', async () => {
    await expect(new CacheClient().get('key')).rejects.toMatchObject({ code: 'NOT_CONNECTED' })
    await expect(new CacheClient().connect('nowhere')).rejects.toThrow(CacheConfigError)
    await expect(new CacheClient({ operationTimeout: 0 } as never).connect('localhost:1')).rejects.toThrow(
      CacheConfigError,
    )
  })
})
