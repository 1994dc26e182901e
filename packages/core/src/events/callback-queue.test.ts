import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CallbackQueue } from './callback-queue.js'

const boom = new Error('boom')
const throwing = () => {
  throw boom
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

function queueWithErrors() {
  const errors: unknown[] = []
  return { queue: new CallbackQueue((error) => errors.push(error)), errors }
}

/** A promise that ends when told to. */
function gate() {
  let open = () => {}
  let fail = (_: Error) => {}
  const promise = new Promise<void>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { promise, open, fail }
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  promise.then(
    () => {
      settled = true
    },
    () => {
      settled = true
    },
  )
  await turn()
  return settled
}

describe('CallbackQueue', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('runs nothing before it is drained, then all in order, each once', () => {
    const { queue } = queueWithErrors()
    const ran: number[] = []
    for (const n of [1, 2, 3]) queue.push(() => ran.push(n))
    expect(ran).toEqual([])
    queue.drain()
    queue.drain()
    expect(ran).toEqual([1, 2, 3])
  })

  it('a callback that causes callbacks is not interrupted by them; they come after those that wait', () => {
    const { queue } = queueWithErrors()
    const ran: string[] = []
    queue.push(() => {
      ran.push('a begins')
      queue.push(() => ran.push('c'))
      queue.drain()
      ran.push('a ends')
    })
    queue.push(() => ran.push('b'))
    queue.drain()
    expect(ran).toEqual(['a begins', 'a ends', 'b', 'c'])
  })

  it('a callback that throws or rejects is reported and stops nobody', async () => {
    const { queue, errors } = queueWithErrors()
    const ran: number[] = []
    queue.push(throwing)
    queue.push(async () => throwing())
    queue.push(() => ran.push(1))
    queue.drain()
    expect(ran).toEqual([1])
    await queue.flush()
    expect(errors).toEqual([boom, boom])
  })

  it('a handler of failures that fails itself is a process warning', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const queue = new CallbackQueue(throwing)
    queue.push(throwing)
    queue.push(async () => throwing())
    await queue.flush()
    expect(warn).toHaveBeenCalledTimes(2)
  })

  it('flush drains, and waits for asynchronous callbacks, failed ones too', async () => {
    const { queue, errors } = queueWithErrors()
    const [first, second] = [gate(), gate()]
    queue.push(() => first.promise)
    queue.push(() => second.promise)
    const flushed = queue.flush()
    first.open()
    expect(await isSettled(flushed)).toBe(false)
    second.fail(boom)
    await flushed
    expect(errors).toEqual([boom])
  })

  it('flush of an idle queue resolves', async () => {
    const { queue } = queueWithErrors()
    await queue.flush()
    queue.push(() => Promise.resolve())
    await queue.flush()
    await queue.flush()
  })

  it('flush does not wait for what begins after it, yet a later flush waits for both', async () => {
    const { queue } = queueWithErrors()
    const [before, after] = [gate(), gate()]
    queue.push(() => before.promise)
    const first = queue.flush()
    queue.push(() => after.promise)
    const second = queue.flush()
    after.open()
    expect(await isSettled(second)).toBe(false)
    before.open()
    await first
    await second
  })

  it('flush from inside a callback covers what is still waiting', async () => {
    const { queue } = queueWithErrors()
    const waiting = gate()
    let flushed: Promise<void> | undefined
    queue.push(() => {
      flushed = queue.flush()
    })
    queue.push(() => waiting.promise)
    queue.drain()
    expect(await isSettled(flushed!)).toBe(false)
    waiting.open()
    await flushed
  })

  it('callbacks that cause themselves without end are stopped and reported, and the queue lives on', async () => {
    const { queue, errors } = queueWithErrors()
    let stopped = false
    const again = () => {
      if (!stopped) queue.push(again)
    }
    queue.push(again)
    queue.drain()
    expect(errors).toEqual([expect.objectContaining({ code: 'CALLBACK_LOOP' })])
    stopped = true
    const ran = vi.fn()
    queue.push(ran)
    await queue.flush()
    expect(ran).toHaveBeenCalledTimes(1)
  })

  it('one callback may cause very many at once', () => {
    const { queue, errors } = queueWithErrors()
    let ran = 0
    queue.push(() => {
      for (let i = 0; i < 90_000; i++) queue.push(() => ran++)
    })
    queue.drain()
    expect(ran).toBe(90_000)
    expect(errors).toEqual([])
  })

  it('law: callbacks that push further ones run in the order of a plain list, none inside another', () => {
    // Each number is the callback that causes this one, reduced to an earlier one; 0 causes itself: nobody does.
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), (numbers) => {
        const causedBy = (cause: number) =>
          numbers.flatMap((number, index) => (index > 0 && number % index === cause ? [index] : []))
        const expected = [0]
        for (const each of expected) expected.push(...causedBy(each))

        const { queue, errors } = queueWithErrors()
        const ran: number[] = []
        let depth = 0
        const push = (each: number) =>
          queue.push(() => {
            depth++
            expect(depth).toBe(1)
            ran.push(each)
            for (const caused of causedBy(each)) {
              push(caused)
              queue.drain()
            }
            depth--
          })
        push(0)
        queue.drain()
        expect(errors).toEqual([])
        expect(ran).toEqual(expected)
      }),
    )
  })
})
