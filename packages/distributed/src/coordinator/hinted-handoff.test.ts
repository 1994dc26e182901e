import { describe, expect, it } from 'vitest'
import { HintedHandoff } from './hinted-handoff.js'
import type { StoreRequest } from './replica-verbs.js'

const write = (key: string, size = 10): StoreRequest => ({
  key,
  envelope: new Uint8Array(size),
  forgetAt: 0,
  registers: [],
})

async function delivered(hints: HintedHandoff, node: string): Promise<string[]> {
  const keys: string[] = []
  await hints.replay(node, async ({ key }) => keys.push(key))
  return keys
}

describe('HintedHandoff', () => {
  it('keeps one hint for a node and key, the newest, in the order of their making', async () => {
    const hints = new HintedHandoff({ maxHints: 10, maxBytes: 1000 }, () => 0)
    for (const key of ['a', 'b', 'a', 'c']) hints.keep('one', write(key))
    hints.keep('other', write('a'))
    expect(hints.size).toBe(4)
    expect(await delivered(hints, 'one')).toEqual(['b', 'a', 'c'])
    expect(await delivered(hints, 'one')).toEqual([])
    expect(hints.sizeFor('one')).toBe(0)
    expect(hints.sizeFor('other')).toBe(1)
    expect(hints.has('other', 'a')).toBe(true)
    expect(hints.has('other', 'b')).toBe(false)
  })

  it('drops the oldest beyond its bounds, in number and in bytes, and counts them', async () => {
    const many = new HintedHandoff({ maxHints: 2, maxBytes: 1000 }, () => 0)
    for (const key of ['a', 'b', 'c']) many.keep('one', write(key))
    expect(many.dropped).toBe(1)
    expect(await delivered(many, 'one')).toEqual(['b', 'c'])

    const large = new HintedHandoff({ maxHints: 100, maxBytes: 50 }, () => 0)
    for (const key of ['a', 'b', 'c']) large.keep('one', write(key, 20))
    expect(large.dropped).toBe(1)
    large.keep('one', write('too large', 100))
    expect(large.dropped).toBe(2)
    expect(await delivered(large, 'one')).toEqual(['b', 'c'])
    // What was delivered takes up no room any more.
    for (const key of ['d', 'e']) large.keep('one', write(key, 20))
    expect(large.dropped).toBe(2)
  })

  it('holds no memory beyond what it counts', async () => {
    const hints = new HintedHandoff({ maxHints: 10, maxBytes: 1000 }, () => 0)
    hints.keep('one', { ...write('a'), envelope: new Uint8Array(8192).subarray(10, 20) })
    await hints.replay('one', async ({ envelope }) => expect(envelope.buffer.byteLength).toBe(10))
    expect(hints.size).toBe(0)
  })

  it('ends a replay at a failure and keeps what was not taken', async () => {
    const hints = new HintedHandoff({ maxHints: 10, maxBytes: 1000 }, () => 0)
    for (const key of ['a', 'b', 'c']) hints.keep('one', write(key))
    const failing = hints.replay('one', async ({ key }) => {
      if (key === 'b') throw new Error('gone again')
    })
    await expect(failing).rejects.toThrow('gone again')
    expect(await delivered(hints, 'one')).toEqual(['b'])
  })

  it('gives up what has waited too long, and counts it', async () => {
    let now = 0
    const hints = new HintedHandoff({ maxHints: 10, maxBytes: 1000, maxAge: 100 }, () => now)
    hints.keep('one', write('a'))
    now = 60
    hints.keep('one', write('b'))
    now = 120
    expect(await delivered(hints, 'one')).toEqual(['b'])
    expect(hints).toMatchObject({ dropped: 1, size: 0 })
  })

  it('forgets a node that is one no more', () => {
    const hints = new HintedHandoff({ maxHints: 10, maxBytes: 1000 }, () => 0)
    for (const node of ['one', 'other']) hints.keep(node, write('a'))
    hints.forgetNode('one')
    expect(hints).toMatchObject({ size: 1, dropped: 0 })
    expect(hints.sizeFor('one')).toBe(0)
  })

  it('waits its turn before it sends, many at once', async () => {
    const hints = new HintedHandoff({ maxHints: 100, maxBytes: 10_000 }, () => 0)
    for (let i = 0; i < 70; i++) hints.keep('one', write(`key ${i}`))
    const asked: number[] = []
    const sent = await hints.replay(
      'one',
      async () => undefined,
      async (count) => void asked.push(count),
    )
    expect(sent).toBe(70)
    expect(asked).toEqual([32, 32, 6])
  })

  it('keeps a hint that was made anew while the older one was on its way', async () => {
    const hints = new HintedHandoff({ maxHints: 10, maxBytes: 1000 }, () => 0)
    hints.keep('one', write('a'))
    let sent = 0
    await hints.replay('one', async () => {
      if (sent++ === 0) hints.keep('one', write('a'))
    })
    expect(sent).toBe(2)
    expect(hints.size).toBe(0)
  })

  it('leaves the expectations of a fill behind', async () => {
    const hints = new HintedHandoff({ maxHints: 10, maxBytes: 1000 }, () => 0)
    hints.keep('one', { ...write('a'), limits: [new Uint8Array(14)] })
    await hints.replay('one', async ({ limits }) => expect(limits).toBe(undefined))
  })
})
