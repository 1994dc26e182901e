import { CacheLoadError } from '@mtaio/exceptions'
import { describe, expect, it, vi } from 'vitest'
import { Flight, SingleFlight } from './single-flight.js'

const turn = () => new Promise((resolve) => setImmediate(resolve))
const flightOf = (key = 'k') => {
  const onOver = vi.fn()
  return { flight: new Flight<string>(key, onOver), onOver }
}

describe('Flight', () => {
  it('gives its outcome to all who joined, with a signal or without', async () => {
    const { flight, onOver } = flightOf()
    const joined = [flight.join(undefined), flight.join(new AbortController().signal), flight.join(undefined)]
    flight.resolve('value')
    expect(await Promise.all(joined)).toEqual(['value', 'value', 'value'])
    expect(onOver).toHaveBeenCalledTimes(1)
  })

  it('gives its failure to all', async () => {
    const { flight } = flightOf()
    const boom = new Error('boom')
    const joined = [flight.join(undefined), flight.join(new AbortController().signal)]
    flight.reject(boom)
    for (const one of joined) await expect(one).rejects.toBe(boom)
  })

  it('has one outcome: what comes later is ignored', async () => {
    const { flight, onOver } = flightOf()
    const joined = flight.join(undefined)
    flight.resolve('first')
    flight.resolve('second')
    flight.reject(new Error('late'))
    flight.abandon(new Error('later'))
    expect(await joined).toBe('first')
    expect(flight.signal.aborted).toBe(false)
    expect(onOver).toHaveBeenCalledTimes(1)
  })

  it('is abandoned when the last caller leaves, and fails for nobody', async () => {
    const { flight, onOver } = flightOf()
    const [a, b] = [new AbortController(), new AbortController()]
    const [first, second] = [flight.join(a.signal), flight.join(b.signal)]
    const { signal } = flight
    a.abort('a had enough')
    await expect(first).rejects.toBe('a had enough')
    expect(signal.aborted).toBe(false)
    b.abort('b too')
    await expect(second).rejects.toBe('b too')
    expect(flight.isOver).toBe(true)
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toBeInstanceOf(CacheLoadError)
    expect(signal.reason).toMatchObject({ code: 'ABORTED', key: 'k', cause: 'b too' })
    expect(onOver).toHaveBeenCalledTimes(1)
    await turn()
  })

  it('one caller without a signal keeps it going', async () => {
    const { flight } = flightOf()
    const a = new AbortController()
    const [patient, leaver] = [flight.join(undefined), flight.join(a.signal)]
    a.abort()
    await expect(leaver).rejects.toThrow()
    expect(flight.isOver).toBe(false)
    flight.resolve('value')
    expect(await patient).toBe('value')
  })

  it('a signal first asked for after everybody left is aborted already', () => {
    const { flight } = flightOf()
    const a = new AbortController()
    flight.join(a.signal).catch(() => undefined)
    a.abort()
    expect(flight.signal.aborted).toBe(true)
  })

  it('leaves no listener behind on a signal, whether the caller stayed or left', async () => {
    const stays = new AbortController()
    let listeners = 0
    const { addEventListener, removeEventListener } = stays.signal
    stays.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++
      addEventListener.apply(stays.signal, args)
    }
    stays.signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--
      removeEventListener.apply(stays.signal, args)
    }
    for (let i = 0; i < 10_000; i++) {
      const { flight } = flightOf()
      const joined = flight.join(stays.signal)
      expect(listeners).toBe(1)
      if (i % 2 === 0) flight.resolve('value')
      else flight.reject('failure')
      expect(listeners).toBe(0)
      await joined.catch(() => undefined)
    }
    const { flight } = flightOf()
    const left = flight.join(stays.signal)
    stays.abort()
    await expect(left).rejects.toThrow()
    expect(listeners).toBe(0)
  })
})

describe('SingleFlight', () => {
  it('offers the flight of a key until it is detached, and counts it until it is removed', () => {
    const flights = new SingleFlight<string>()
    const { flight } = flightOf()
    flights.add(flight)
    expect(flights.joinableFor('k')).toBe(flight)
    flights.detach(flight)
    expect(flights.joinableFor('k')).toBe(undefined)
    expect(flights.size).toBe(1)
    flights.remove(flight)
    expect(flights.size).toBe(0)
  })

  it('a detached flight that ends does not take its successor with it', () => {
    const flights = new SingleFlight<string>()
    const [first, second] = [flightOf().flight, flightOf().flight]
    flights.add(first)
    flights.detach(first)
    flights.add(second)
    flights.detach(first)
    flights.remove(first)
    expect(flights.joinableFor('k')).toBe(second)
    expect(flights.all()).toEqual([second])
  })

  it('abandons all, the detached ones too', async () => {
    const flights = new SingleFlight<string>()
    const [first, second] = [flightOf('a').flight, flightOf('b').flight]
    const joined = [first.join(undefined), second.join(undefined)]
    flights.add(first)
    flights.add(second)
    flights.detach(first)
    flights.abandonAll('closing')
    for (const one of joined) await expect(one).rejects.toBe('closing')
  })
})
