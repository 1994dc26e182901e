import { describe, expect, it } from 'vitest'
import { TrafficAdvice } from './traffic-advice.js'

const line = (...words: string[]) => `1.000000 [0 127.0.0.1:1] ${words.map((word) => `"${word}"`).join(' ')}`

describe('TrafficAdvice', () => {
  it('says nothing before there are entries', () => {
    const advice = new TrafficAdvice()
    advice.observe({ keys: 0, policy: 'noeviction' })
    advice.line(line('GET', 'a'))
    expect(advice.advice()).toBeUndefined()
  })

  it('tells that a loop that does not fit would hit at double the size, and which policy survives it', () => {
    const advice = new TrafficAdvice()
    advice.observe({ keys: 4000, policy: 'allkeys-lru' })
    for (let request = 0; request < 400_000; request++) advice.line(line('GET', `key:${request % 6000}`))
    const { rows, best } = advice.advice()!
    const hits = (policy: string, capacity: number) =>
      rows.find((row) => row.policy === policy && row.capacity === capacity)!.hitRatio
    expect(hits('lru', 4000)).toBeLessThan(0.1)
    expect(hits('lru', 8000)).toBeGreaterThan(0.9)
    expect(best.policy).not.toBe('lru')
  })

  it('knows a policy of ours by its name, and a server’s by what it approximates', () => {
    const policyFor = (policy: string) => {
      const advice = new TrafficAdvice()
      advice.observe({ keys: 100, policy })
      return advice.advice()!.rows[1]!.policy
    }
    expect(['sieve', 'allkeys-lru', 'volatile-lfu', 'noeviction'].map(policyFor)).toEqual([
      'sieve',
      'lru',
      'lfu',
      'lru',
    ])
  })

  it('begins anew when the node has grown by a quarter', () => {
    const advice = new TrafficAdvice()
    advice.observe({ keys: 100, policy: 'lru' })
    advice.observe({ keys: 120, policy: 'lru' })
    expect(advice.advice()!.rows[1]!.capacity).toBe(100)
    advice.observe({ keys: 130, policy: 'lru' })
    expect(advice.advice()!.rows[1]!.capacity).toBe(130)
  })

  it('takes writes, removals, scripts and registers for what they are', () => {
    const advice = new TrafficAdvice()
    advice.observe({ keys: 10, policy: 'lru' })
    advice.line(line('EVALSHA', 'digest', '2', 'a', '!cleared:n', 'x'))
    advice.line(line('MGET', 'a', '!cleared:n'))
    advice.line(line('GET', 'a'))
    advice.line(line('DEL', 'a'))
    advice.line(line('GET', 'a'))
    expect(advice.advice()).toMatchObject({ requests: 3 })
  })
})
