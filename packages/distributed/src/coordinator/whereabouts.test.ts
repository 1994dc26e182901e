import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Keyspace } from '../client/keyspace.js'
import { matchesGlob } from '../node/glob.js'
import { clearedRegisters } from './register.js'
import { patternsOf, whereaboutsOf } from './whereabouts.js'

const key = fc.string({ unit: 'grapheme', minLength: 1 })
const name = key.filter((text) => !/[/:]/.test(text) && !text.startsWith('!'))
const bytes = (text: string) => new TextEncoder().encode(text)

it('law: tells path and name of every key that a keyspace makes, and the patterns match it', () => {
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 3 }), key, ([root, ...below], each) => {
      const keyspace = below.reduce((above, child) => above.child(child), new Keyspace(root!))
      const [registers, records] = patternsOf(root!)
      const physical = keyspace.physical(each)
      expect(whereaboutsOf(physical, root!)).toEqual({ kind: 'record', path: keyspace.path, name: each })
      expect(matchesGlob(bytes(records), bytes(physical))).toBe(true)
      for (const register of [...keyspace.registers, keyspace.tagRegister(each)]) {
        expect(whereaboutsOf(register, root!)).toEqual({ kind: 'register' })
        expect(matchesGlob(bytes(registers), bytes(register))).toBe(true)
      }
      expect(clearedRegisters(keyspace.path)).toEqual(keyspace.registers)
    }),
  )
})

it('leaves alone what is of another cache, or of no cache at all', () => {
  for (const physical of ['other:key', 'mtaiox:key', 'mtaio', '!cleared:other', '!cleared:mtaiox', 'mtai:o', '!'])
    expect(whereaboutsOf(physical, 'mtaio'), physical).toBe(undefined)
})
