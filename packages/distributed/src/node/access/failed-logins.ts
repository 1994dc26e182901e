/**
 * How often an address has shown a wrong password of late: a bucket of failures for each, which empties with time. Bounded
 * in addresses; the one that failed longest ago is forgotten first. Pure: it is given the time.
 */
import { isIPv6 } from 'node:net'

/** Failures that an address has free, and how fast they come back. */
export const FREE_FAILURES = 20
const FAILURE_EVERY = 1000
const MAX_ADDRESSES = 10_000

export class FailedLogins {
  /** Address → when its last failure will be forgotten, epoch ms. In the order of their failures. */
  private readonly forgottenAt = new Map<string, number>()

  get addresses(): number {
    return this.forgottenAt.size
  }

  /** How long the address has to wait before it may try again, ms; 0 when it may now. */
  waitOf(address: string, now: number): number {
    const owed = (this.forgottenAt.get(networkOf(address)) ?? 0) - now
    return Math.max(0, owed - (FREE_FAILURES - 1) * FAILURE_EVERY)
  }

  add(address: string, now: number): void {
    const network = networkOf(address)
    const standing = Math.max(now, this.forgottenAt.get(network) ?? 0)
    this.forgottenAt.delete(network)
    this.forgottenAt.set(network, standing + FAILURE_EVERY)
    if (this.forgottenAt.size <= MAX_ADDRESSES) return
    for (const oldest of this.forgottenAt.keys()) {
      this.forgottenAt.delete(oldest)
      return
    }
  }
}

/** Who has one IPv6 address has the 2^64 beside it, too. */
function networkOf(address: string): string {
  if (!isIPv6(address) || /\.\d+$/.test(address)) return address
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const groups = head === '' ? [] : head.split(':')
  const behind = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - behind.length)
  return [...groups, ...Array<string>(missing).fill('0'), ...behind].slice(0, 4).join(':')
}
