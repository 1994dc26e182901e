import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { COMMIT, STORE } from './guarded-write.js'

describe('the guarded write', () => {
  it.each([
    ['STORE', STORE],
    ['COMMIT', COMMIT],
  ])('carries the digest by which servers know %s', (_name, script) => {
    expect(createHash('sha1').update(script.text, 'utf8').digest('hex')).toBe(script.sha1)
  })
})
