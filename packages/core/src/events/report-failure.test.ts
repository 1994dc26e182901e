import { CacheError } from '@mtaio/exceptions'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { reportFailure } from './report-failure.js'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('reportFailure', () => {
  it('is one process warning that says where, what and why', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    reportFailure(new CacheError('outer', { cause: new Error('inner') }), 'onEvicted')
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]?.[0]).toMatch(/^onEvicted failed: CacheError \[CACHE_ERROR\]: outer\n.*inner$/)
    expect(warn.mock.calls[0]?.[1]).toBe('MTAIOWarning')
  })

  it('goes to the console where there is no process', () => {
    const warn = vi.fn()
    vi.stubGlobal('process', undefined)
    vi.stubGlobal('console', { warn })
    reportFailure('plain text', 'onEvicted')
    expect(warn).toHaveBeenCalledWith('onEvicted failed: plain text')
  })

  it('never throws, though the error cannot be shown, nobody can be told, or who is told throws', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {
      throw new Error('refused')
    })
    const hostile = Object.defineProperty(new Error('x'), 'message', {
      get() {
        throw new Error('no')
      },
    })
    for (const error of [hostile, undefined, null, Symbol('s'), Object.create(null), new Error('x')]) {
      expect(() => reportFailure(error, 'onEvicted')).not.toThrow()
    }
    expect(warn).toHaveBeenCalled()
    vi.stubGlobal('process', undefined)
    vi.stubGlobal('console', undefined)
    expect(() => reportFailure(new Error('x'), 'onEvicted')).not.toThrow()
  })
})
