import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { STORE, STORE_EACH } from './guarded-write.js'
import { MERGE } from './prefix-script.js'

it.each([
  ['STORE', STORE],
  ['STORE_EACH', STORE_EACH],
  ['MERGE', MERGE],
])('carries the digest by which servers know %s', (_name, script) => {
  expect(createHash('sha1').update(script.text, 'utf8').digest('hex')).toBe(script.sha1)
})
