import { describe, expect, it } from 'vitest'
import { type KeyShape, keyBuilder, preparedKeys } from './keys.js'

const LENGTHS: Record<KeyShape, number> = { '12': 12, '60': 60, unicode: 12 }

describe.each(Object.entries(LENGTHS))('keys of shape %s', (name, length) => {
  const shape = name as KeyShape

  it(`have ${length} characters each and differ by number`, () => {
    const keys = preparedKeys(shape, 1000)
    expect(new Set(keys).size).toBe(1000)
    for (const key of keys) expect(key.length).toBe(length)
    expect(keyBuilder(shape)(8_999_999).length).toBe(length)
  })

  it('are the same strings, prepared or fresh', () => {
    const build = keyBuilder(shape)
    expect(preparedKeys(shape, 5, 10)).toEqual([10, 11, 12, 13, 14].map(build))
  })
})

it('only the non-ASCII shape leaves ASCII', () => {
  const ascii = (key: string) => [...key].every((character) => character.codePointAt(0)! < 128)
  expect(ascii(keyBuilder('12')(1))).toBe(true)
  expect(ascii(keyBuilder('60')(1))).toBe(true)
  expect(ascii(keyBuilder('unicode')(1))).toBe(false)
})
