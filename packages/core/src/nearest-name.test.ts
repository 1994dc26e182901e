import { describe, expect, it } from 'vitest'
import { nearestName } from './nearest-name.js'

const KNOWN = ['defaultTtl', 'maxSize', 'maxWeight', 'weigher', 'cleanupInterval', 'evictionPolicy', 'onEvicted']

describe('nearestName', () => {
  it.each([
    ['max_size', 'maxSize'],
    ['MAXSIZE', 'maxSize'],
    ['maxSzie', 'maxSize'],
    ['max', 'maxSize'],
    ['ttl', 'defaultTtl'],
    ['default-ttl', 'defaultTtl'],
    ['maxWieght', 'maxWeight'],
    ['onEvict', 'onEvicted'],
    ['evictionPolcy', 'evictionPolicy'],
  ])('takes %s for %s', (name, meant) => {
    expect(nearestName(name, KNOWN)).toBe(meant)
  })

  it.each(['colour', '', 'x', 'maxSize'.repeat(100)])('takes %o for none', (name) => {
    expect(nearestName(name, KNOWN)).toBe(undefined)
  })

  it('finds none among none', () => {
    expect(nearestName('maxSize', [])).toBe(undefined)
  })
})
