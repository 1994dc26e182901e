import { CacheTransactionError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import { TTLCache } from '../ttl-cache.js'

describe('a transaction', () => {
  it('writes 100,000 keys at most, and reads as many; the next is refused, and what was staged can be committed', () => {
    const { sync } = new TTLCache<number>()
    const txn = sync.transaction()
    for (let index = 0; index < 100_000; index++) txn.set(`key${index}`, index)
    const tooLarge = expect.objectContaining({ code: 'TOO_LARGE' })
    const refused = (call: () => unknown) => {
      try {
        call()
      } catch (error) {
        expect(error).toBeInstanceOf(CacheTransactionError)
        expect(error).toEqual(tooLarge)
        return
      }
      expect.unreachable('nothing was thrown')
    }
    refused(() => txn.set('one more', 1))
    txn.set('key7', 7)
    for (let index = 0; index < 100_000; index++) txn.has(`other${index}`)
    refused(() => txn.get('one more'))
    expect(txn.get('key7')).toBe(7)
    txn.commit()
    expect(sync.getStats().items).toBe(100_000)
    expect(sync.has('one more')).toBe(false)
  })
})
