import { describe, expect, it } from 'vitest'
import {
  CacheConnectionError,
  CacheError,
  CacheLoadError,
  CacheQuorumError,
  formatException,
  MTAIOError,
  wrapException,
} from './index.js'

describe('formatException', () => {
  it('renders name, code and message of an error', () => {
    const error = new CacheQuorumError('2 of 3 must answer', { required: 2, acknowledged: 1 })
    expect(formatException(error)).toBe('CacheQuorumError [QUORUM]: 2 of 3 must answer')
  })

  it('renders foreign errors, with their code where they have one', () => {
    expect(formatException(new TypeError('x is no function'))).toBe('TypeError: x is no function')
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    expect(formatException(refused)).toBe('Error [ECONNREFUSED]: connect ECONNREFUSED')
    expect(formatException(Object.assign(new Error('m'), { code: 404 }))).toBe('Error: m')
  })

  it('adds a line a cause, outermost first', () => {
    const error = new CacheLoadError('the load failed', {
      cause: new CacheConnectionError('no node in reach', { cause: 'refused' }),
    })
    expect(formatException(error).split('\n')).toEqual([
      'CacheLoadError [LOAD_FAILED]: the load failed',
      '  caused by CacheConnectionError [CONNECTION]: no node in reach',
      '  caused by refused',
    ])
  })

  it('ends where causes run in a circle', () => {
    const first = new Error('first')
    const second = new Error('second', { cause: first })
    first.cause = second
    const lines = formatException(first).split('\n')
    expect(lines.slice(0, 3)).toEqual(['Error: first', '  caused by Error: second', '  caused by Error: first'])
    expect(lines).toHaveLength(9)

    const own = new Error('own')
    own.cause = own
    expect(formatException(own).split('\n')).toHaveLength(9)
  })

  it('ends after eight causes of a longer chain', () => {
    let error = new Error('0')
    for (let depth = 1; depth <= 20; depth++) error = new Error(String(depth), { cause: error })
    const lines = formatException(error).split('\n')
    expect(lines).toHaveLength(9)
    expect(lines.at(-1)).toBe('  caused by Error: 12')
  })

  it.each([
    { value: 'text', text: 'text' },
    { value: 7, text: '7' },
    { value: null, text: 'null' },
    { value: undefined, text: 'undefined' },
    { value: Symbol('s'), text: 'Symbol(s)' },
    { value: Object.create(null), text: '[object Object]' },
  ])('takes any thrown value: $text', ({ value, text }) => {
    expect(formatException(value)).toBe(text)
  })
})

describe('wrapException', () => {
  it('makes an error of the type, with the message and the original as its cause', () => {
    const original = new TypeError('x is no function')
    const wrapped = wrapException(original, CacheLoadError)
    expect(wrapped).toBeInstanceOf(CacheLoadError)
    expect([wrapped.message, wrapped.cause, wrapped.code]).toEqual(['x is no function', original, 'LOAD_FAILED'])
  })

  it('takes another message where one is given', () => {
    const original = new CacheLoadError('inner')
    const wrapped = wrapException(original, CacheLoadError, 'outer')
    expect([wrapped.message, wrapped.cause]).toEqual(['outer', original])
  })

  it('leaves an error of the type, or of a subtype, as it is', () => {
    const original = new CacheLoadError('m')
    expect(wrapException(original, CacheLoadError)).toBe(original)
    expect(wrapException(original, CacheError)).toBe(original)
    expect(wrapException(wrapException('x', MTAIOError), MTAIOError).cause).toBe('x')
  })

  it.each(['text', 0, null, { a: 1 }])('keeps any thrown value as the cause: %j', (value) => {
    expect(wrapException(value, CacheError).cause).toBe(value)
  })
})
