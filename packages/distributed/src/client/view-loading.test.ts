import { describe, expect, it } from 'vitest'
import { settle, simulate } from '../../test-support/simulated-clients.js'

const VERBS = ['getOrSet', 'getOrSetMany'] as const

describe('a load, as every other call', () => {
  it.each(VERBS)('%s waits until it is known who the nodes are', async (verb) => {
    const { cache, cluster } = simulate().client()
    let tell!: () => void
    const known = new Promise<void>((resolve) => (tell = resolve))
    cluster.beforeCall = () => known
    let loads = 0
    const load = () => ++loads
    const loading =
      verb === 'getOrSet' ? cache.getOrSet('key', load) : cache.getOrSetMany(['key'], () => ({ key: load() }))
    await settle()
    expect(loads).toBe(0)
    tell()
    expect(await loading).toEqual(verb === 'getOrSet' ? 1 : new Map([['key', 1]]))
  })

  it.each(VERBS)('%s fails where that cannot be known, and loads nothing', async (verb) => {
    const { cache, cluster } = simulate().client()
    cluster.beforeCall = () => Promise.reject(new Error('nobody says who the nodes are'))
    const load = () => expect.unreachable()
    const loading = verb === 'getOrSet' ? cache.getOrSet('key', load) : cache.getOrSetMany(['key'], load)
    await expect(loading).rejects.toThrow('nobody says')
  })
})
