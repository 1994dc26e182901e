/**
 * What a node would hit at other sizes and under other policies, from the commands that MONITOR shows of it. Pure: knows no
 * socket.
 */
import { EvictionPolicy } from '@mtaio/policies'
import { type Advice, Advisor } from '@mtaio/policies/advice'
import { murmur3 } from '../placement/hash.js'
import { keysOfCommand, monitoredCommand } from './monitor-line.js'
import type { NodeSample } from './node-sample.js'

/** The part of all requests that is looked at: this costs another process than the node's. */
const RATE = 0.1
/** By how much the number of entries may change before the advice is for another size, and begins anew. */
const SAME_SIZE = 1.25

const READS = new Set(['get', 'mget', 'getex', 'getrange'])
const WRITES = new Set(['set', 'setex', 'psetex', 'setnx', 'mset', 'msetnx', 'getset', 'append', 'evalsha', 'eval'])
const REMOVALS = new Set(['del', 'unlink', 'getdel'])

export class TrafficAdvice {
  private advisor: Advisor | undefined
  private capacity = 0

  /** Tells how full the node is and by which policy it evicts. Nothing is advised before there are entries. */
  observe({ keys, policy }: Pick<NodeSample, 'keys' | 'policy'>): void {
    if (keys === 0) return
    const changed = keys > this.capacity * SAME_SIZE || keys * SAME_SIZE < this.capacity
    if (this.advisor !== undefined && !changed) return
    this.capacity = keys
    if (this.advisor === undefined) {
      this.advisor = new Advisor({
        capacity: keys,
        policy: policyOf(policy),
        policies: Object.values(EvictionPolicy),
        rate: RATE,
      })
    } else this.advisor.resize(keys)
  }

  /** A line of MONITOR. */
  line(line: string): void {
    const { advisor } = this
    const command = advisor === undefined ? undefined : monitoredCommand(line)
    if (advisor === undefined || command === undefined) return
    const name = command[0]!.toLowerCase()
    for (const key of keysOfCommand(command)) {
      // Registers of the distributed client are no entries.
      if (key[0] === '!') continue
      const hash = murmur3(key, 0)
      if (READS.has(name)) {
        if (advisor.wants(hash)) advisor.read(hash)
      } else if (advisor.samples(hash)) {
        if (WRITES.has(name)) advisor.wrote(hash)
        else if (REMOVALS.has(name)) advisor.removed(hash)
      }
    }
  }

  /** `undefined` before there is anything to say. */
  advice(): Advice | undefined {
    return this.advisor?.advice()
  }
}

/** The policy behind a server's `maxmemory-policy`: a name of ours, or the exact policy that a server's approximates. */
function policyOf(name: string | undefined): EvictionPolicy {
  const known = Object.values(EvictionPolicy).find((policy) => policy === name)
  if (known !== undefined) return known
  return name?.endsWith('-lfu') ? EvictionPolicy.LFU : EvictionPolicy.LRU
}
