import { describe, expect, it } from 'vitest'
import * as exceptions from './index.js'
import {
  CacheBatchError,
  CacheClosedError,
  CacheConfigError,
  CacheConnectionError,
  CacheError,
  CacheKeyError,
  CacheLoadError,
  CacheQuorumError,
  CacheSerializationError,
  CacheTimeoutError,
  CacheTransactionError,
  CacheValueError,
  MTAIOError,
} from './index.js'

const quorum = { required: 2, acknowledged: 1 }
const batch = { succeeded: ['a'], failed: new Map([['b', new Error('no')]]) }

/** The whole tree: each class, how it is made, its stable code, and its parent. */
const tree = [
  { type: MTAIOError, make: () => new MTAIOError('m'), code: 'MTAIO_ERROR', parent: Error },
  { type: CacheError, make: () => new CacheError('m'), code: 'CACHE_ERROR', parent: MTAIOError },
  { type: CacheKeyError, make: () => new CacheKeyError('m'), code: 'INVALID_KEY', parent: CacheError },
  { type: CacheValueError, make: () => new CacheValueError('m'), code: 'INVALID_VALUE', parent: CacheError },
  { type: CacheConfigError, make: () => new CacheConfigError('m'), code: 'INVALID_CONFIG', parent: CacheError },
  {
    type: CacheSerializationError,
    make: () => new CacheSerializationError('m'),
    code: 'SERIALIZATION',
    parent: CacheError,
  },
  { type: CacheTransactionError, make: () => new CacheTransactionError('m'), code: 'TRANSACTION', parent: CacheError },
  { type: CacheLoadError, make: () => new CacheLoadError('m'), code: 'LOAD_FAILED', parent: CacheError },
  { type: CacheClosedError, make: () => new CacheClosedError('m'), code: 'CLOSED', parent: CacheError },
  { type: CacheConnectionError, make: () => new CacheConnectionError('m'), code: 'CONNECTION', parent: CacheError },
  { type: CacheTimeoutError, make: () => new CacheTimeoutError('m'), code: 'TIMEOUT', parent: CacheConnectionError },
  {
    type: CacheQuorumError,
    make: () => new CacheQuorumError('m', quorum),
    code: 'QUORUM',
    parent: CacheConnectionError,
  },
  { type: CacheBatchError, make: () => new CacheBatchError('m', batch), code: 'BATCH', parent: CacheConnectionError },
]
const entries = tree.map((entry) => ({ ...entry, name: entry.type.name }))

describe.each(entries)('$name', ({ type, make, code, parent, name }) => {
  it('has its name, its stable code, its message and a stack that starts with both', () => {
    const error = make()
    expect(error.name).toBe(name)
    expect(error.code).toBe(code)
    expect(error.message).toBe('m')
    expect(String(error)).toBe(`${name}: m`)
    expect(error.stack).toMatch(/hierarchy\.test\.ts/)
  })

  it('is an instance of its ancestors and of nothing beside them', () => {
    expect(Object.getPrototypeOf(type)).toBe(parent)
    const ancestors = new Set<unknown>()
    for (
      let at: unknown = type;
      typeof at === 'function' && at !== Function.prototype;
      at = Object.getPrototypeOf(at)
    ) {
      ancestors.add(at)
    }
    const error = make()
    expect(error).toBeInstanceOf(Error)
    for (const other of entries) {
      expect(error instanceof other.type, `${name} instanceof ${other.name}`).toBe(ancestors.has(other.type))
    }
  })

  it('does not take foreign values for its own', () => {
    for (const value of [undefined, null, 0, '', 'x', {}, [], new Error('m'), { name, code, message: 'm' }, type]) {
      expect((value as unknown) instanceof type).toBe(false)
    }
  })
})

describe('every error', () => {
  it('is in the tree: what the package exports has no other class', () => {
    const classes = Object.entries(exceptions)
      .filter(([name]) => name.endsWith('Error'))
      .map(([name]) => name)
    expect(classes.toSorted()).toEqual(entries.map(({ name }) => name).toSorted())
  })

  it('has a code of its own', () => {
    expect(new Set(entries.map(({ code }) => code)).size).toBe(entries.length)
  })

  it('keeps its cause as the standard one, whatever was thrown', () => {
    const cause = new TypeError('inner')
    expect(new CacheLoadError('m', { cause }).cause).toBe(cause)
    expect(new CacheQuorumError('m', { ...quorum, cause: null }).cause).toBeNull()
    expect(Object.hasOwn(new CacheError('m'), 'cause')).toBe(false)
    expect(Object.hasOwn(new CacheError('m', { cause: undefined }), 'cause')).toBe(false)
    expect(Object.keys(new CacheError('m', { cause }))).not.toContain('cause')
  })

  it('takes a more exact code where one is given', () => {
    expect(new CacheTransactionError('m', { code: 'CONFLICT' }).code).toBe('CONFLICT')
    expect(new CacheKeyError('m', { code: 'KEY_NOT_FOUND' }).code).toBe('KEY_NOT_FOUND')
    expect(new CacheKeyError('m', { code: undefined }).code).toBe('INVALID_KEY')
  })
})

describe('facts', () => {
  it('are the key and the node concerned, or undefined', () => {
    const error = new CacheSerializationError('m', { key: 'user:7', node: 'localhost:5000' })
    expect([error.key, error.node]).toEqual(['user:7', 'localhost:5000'])
    const bare = new CacheError('m')
    expect([bare.key, bare.node]).toEqual([undefined, undefined])
  })

  it('of a transaction are the keys in the way', () => {
    expect(new CacheTransactionError('m', { keys: ['a', 'b'] }).keys).toEqual(['a', 'b'])
    expect(new CacheTransactionError('m').keys).toEqual([])
  })

  it('of a connection are the causes by node', () => {
    const causes = new Map([['localhost:5000', new Error('refused')]])
    expect(new CacheConnectionError('m', { causes }).causes).toBe(causes)
    expect(new CacheTimeoutError('m', { causes }).causes).toBe(causes)
    expect([...new CacheConnectionError('m').causes]).toEqual([])
  })

  it('of a quorum are how many had to answer and how many did', () => {
    const error = new CacheQuorumError('m', { required: 3, acknowledged: 1, key: 'k' })
    expect([error.required, error.acknowledged, error.key]).toEqual([3, 1, 'k'])
  })

  it('of a batch are which keys succeeded and which failed, and why', () => {
    const error = new CacheBatchError('m', batch)
    expect(error.succeeded).toEqual(['a'])
    expect(error.failed.get('b')).toBe(batch.failed.get('b'))
  })
})

describe("a user's own subclass", () => {
  class QuotaError extends CacheError {
    override readonly name = 'QuotaError'
  }
  class StricterQuotaError extends QuotaError {}

  it('is known as itself and as a CacheError', () => {
    const error = new QuotaError('full', { key: 'k' })
    expect(error).toBeInstanceOf(QuotaError)
    expect(error).toBeInstanceOf(CacheError)
    expect(error).toBeInstanceOf(MTAIOError)
    expect(new StricterQuotaError('full')).toBeInstanceOf(QuotaError)
    expect([error.name, error.code, error.key]).toEqual(['QuotaError', 'CACHE_ERROR', 'k'])
  })

  it('keeps the ordinary rule: neither its parent nor its sibling is one', () => {
    class OtherError extends CacheError {}
    expect(new CacheError('m') instanceof QuotaError).toBe(false)
    expect(new OtherError('m') instanceof QuotaError).toBe(false)
    expect(new QuotaError('m') instanceof StricterQuotaError).toBe(false)
    expect(new QuotaError('m') instanceof CacheKeyError).toBe(false)
  })
})
