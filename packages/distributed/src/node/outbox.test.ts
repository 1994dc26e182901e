import { describe, expect, it } from 'vitest'
import { Outbox } from './outbox.js'

const endOfTurn = () => new Promise((resolve) => setImmediate(resolve))

describe('an outbox', () => {
  it('lets all send at the end of the turn, in the order in which they came, and once', async () => {
    const outbox = new Outbox()
    const sent: string[] = []
    for (const name of ['a', 'b']) outbox.add({ send: () => sent.push(name) })
    await Promise.resolve()
    expect(sent).toEqual([])
    await endOfTurn()
    expect(sent).toEqual(['a', 'b'])
    await endOfTurn()
    expect(sent).toEqual(['a', 'b'])
  })

  it('keeps what comes while it sends for the next turn', async () => {
    const outbox = new Outbox()
    let sent = 0
    const sender = {
      send() {
        if (++sent < 3) outbox.add(sender)
      },
    }
    outbox.add(sender)
    for (let turn = 1; turn <= 4; turn++) {
      await endOfTurn()
      expect(sent).toBe(Math.min(turn, 3))
    }
  })
})
