import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { DROP, HEADS, HOLD } from './comparison-scripts.js'

it.each([
  ['HEADS', HEADS],
  ['DROP', DROP],
  ['HOLD', HOLD],
])('carries the digest by which servers know %s', (_name, script) => {
  expect(createHash('sha1').update(script.text, 'utf8').digest('hex')).toBe(script.sha1)
})
