import { CacheConfigError } from '@mtaio/exceptions'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Emitter } from './emitter.js'

type Events = { hit: [key: string, value: number]; clear: []; error: [error: unknown] }

const boom = new Error('boom')
const throwing = () => {
  throw boom
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('Emitter', () => {
  const warn = vi.spyOn(process, 'emitWarning')
  beforeEach(() => {
    warn.mockReset()
    warn.mockImplementation(() => undefined)
  })
  afterEach(() => {
    warn.mockReset()
  })

  it('calls listeners in order with the arguments', () => {
    const emitter = new Emitter<Events>()
    const told: unknown[] = []
    emitter.on('hit', (key, value) => told.push(['first', key, value]))
    emitter.on('hit', (key, value) => told.push(['second', key, value]))
    emitter.emit('hit', 'k', 7)
    expect(told).toEqual([
      ['first', 'k', 7],
      ['second', 'k', 7],
    ])
  })

  it('knows whether anybody listens', () => {
    const emitter = new Emitter<Events>()
    expect(emitter.has('hit')).toBe(false)
    const undo = emitter.on('hit', () => undefined)
    expect(emitter.has('hit')).toBe(true)
    expect(emitter.has('clear')).toBe(false)
    undo()
    expect(emitter.has('hit')).toBe(false)
  })

  it('the undo takes back its own registration only, and only once', () => {
    const emitter = new Emitter<Events>()
    const listener = vi.fn()
    const undo = emitter.on('clear', listener)
    emitter.on('clear', listener)
    undo()
    undo()
    emitter.emit('clear')
    expect(listener).toHaveBeenCalledTimes(1)
  })

  it('off takes back one registration, and an unknown one harms nobody', () => {
    const emitter = new Emitter<Events>()
    const listener = vi.fn()
    emitter.on('clear', listener)
    emitter.off('clear', () => undefined)
    emitter.off('hit', listener)
    emitter.off('clear', listener)
    emitter.off('clear', listener)
    emitter.emit('clear')
    expect(listener).not.toHaveBeenCalled()
  })

  it('a listener added during an emit is first called by the next', () => {
    const emitter = new Emitter<Events>()
    const late = vi.fn()
    const undo = emitter.on('clear', () => {
      emitter.on('clear', late)
    })
    emitter.emit('clear')
    expect(late).not.toHaveBeenCalled()
    undo()
    emitter.emit('clear')
    expect(late).toHaveBeenCalledTimes(1)
  })

  it('a listener removed during an emit is not called any more, and the others are', () => {
    const emitter = new Emitter<Events>()
    const told: string[] = []
    const undoFirst = emitter.on('clear', () => {
      told.push('first')
      undoFirst()
      undoSecond()
    })
    const undoSecond = emitter.on('clear', () => told.push('second'))
    emitter.on('clear', () => told.push('third'))
    emitter.emit('clear')
    emitter.emit('clear')
    expect(told).toEqual(['first', 'third', 'third'])
  })

  it('a listener that throws becomes an error event, and the others are told all the same', () => {
    const emitter = new Emitter<Events>()
    const errors: unknown[] = []
    const other = vi.fn()
    emitter.on('error', (error) => errors.push(error))
    emitter.on('clear', throwing)
    emitter.on('clear', other)
    emitter.emit('clear')
    expect(errors).toEqual([boom])
    expect(other).toHaveBeenCalledTimes(1)
    expect(warn).not.toHaveBeenCalled()
  })

  it('a listener that rejects becomes an error event', async () => {
    const emitter = new Emitter<Events>()
    const errors: unknown[] = []
    emitter.on('error', (error) => errors.push(error))
    emitter.on('clear', async () => throwing())
    // biome-ignore lint/suspicious/noThenProperty: a foreign thenable is what is tested
    emitter.on('clear', () => ({ then: (_: unknown, reject: (error: Error) => void) => reject(boom) }))
    emitter.emit('clear')
    await turn()
    expect(errors).toEqual([boom, boom])
  })

  it('where nobody listens for errors, each failure is one process warning', async () => {
    const emitter = new Emitter<Events>()
    emitter.on('clear', throwing)
    emitter.on('hit', async () => throwing())
    emitter.emit('clear')
    emitter.emit('hit', 'k', 1)
    await turn()
    expect(warn).toHaveBeenCalledTimes(2)
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/listener of 'clear'.*boom/), 'MTAIOWarning')
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/listener of 'hit'.*boom/), 'MTAIOWarning')
  })

  it('an error listener that fails is a warning and no further error event', async () => {
    const emitter = new Emitter<Events>()
    const failing = vi.fn(throwing)
    const failingLater = vi.fn(async () => throwing())
    emitter.on('error', failing)
    emitter.on('error', failingLater)
    emitter.on('clear', throwing)
    emitter.emit('clear')
    await turn()
    expect(failing).toHaveBeenCalledTimes(1)
    expect(failingLater).toHaveBeenCalledTimes(1)
    expect(warn).toHaveBeenCalledTimes(2)
  })

  it('an error that is emitted to nobody is one warning', () => {
    new Emitter<Events>().emit('error', boom)
    expect(warn).toHaveBeenCalledTimes(1)
  })

  it('an answer whose then cannot be read is a failure like any other', () => {
    const emitter = new Emitter<Events>()
    const errors: unknown[] = []
    emitter.on('error', (error) => errors.push(error))
    emitter.on('clear', () => ({
      // biome-ignore lint/suspicious/noThenProperty: a hostile one is what is tested
      get then() {
        throw boom
      },
    }))
    emitter.emit('clear')
    expect(errors).toEqual([boom])
  })

  it.each([undefined, null, 'listener', {}])('refuses %o as a listener', (listener) => {
    expect(() => new Emitter<Events>().on('clear', listener as never)).toThrow(CacheConfigError)
  })
})
