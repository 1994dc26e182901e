import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CommandWriter } from './command-writer.js'
import { encodeCommand } from './encode.js'
import type { Command } from './reply.js'

const part = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.uint8Array({ maxLength: 40 }),
  fc.integer({ min: 0, max: 20_000 }).map((length) => 'é'.repeat(length)),
  fc.integer({ min: 0, max: 20_000 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 0, max: 20_000 }).map((length) => new Uint8Array(length).fill(7)),
)
const commands = fc.array(fc.array(part, { minLength: 1, maxLength: 12 }), { maxLength: 20 })

describe('CommandWriter', () => {
  it('law: the same bytes as each command encoded alone, whenever they are taken', () => {
    fc.assert(
      fc.property(commands, fc.array(fc.boolean()), (all: Command[], takes) => {
        const writer = new CommandWriter()
        const taken: Uint8Array[] = []
        for (const [i, command] of all.entries()) {
          writer.write(command)
          if (takes[i]) taken.push(...writer.take())
        }
        taken.push(...writer.take())
        expect(writer.isEmpty).toBe(true)
        expect(Buffer.concat(taken).equals(Buffer.concat(all.map(encodeCommand)))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('does not copy what is large, and does not write into what was taken', () => {
    const writer = new CommandWriter()
    const large = new Uint8Array(1_000_000)
    writer.write(['SET', 'key', large])
    const first = writer.take()
    expect(first).toContain(large)
    const before = first.map((chunk) => chunk.slice())
    for (let i = 0; i < 5000; i++) writer.write(['GET', `key${i}`])
    expect(first).toEqual(before)
  })
})
