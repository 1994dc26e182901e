/** Lets the troubles of one round happen to the members of a cluster, at their times, and ends all of them. */
import { sleep } from './load.js'
import type { Member } from './member.js'
import type { TimedTrouble } from './trouble.js'

/** Resolves when every trouble is over and every process is up. */
export async function inflict(members: readonly Member[], troubles: readonly TimedTrouble[]): Promise<void> {
  await Promise.all(
    troubles.map(async ({ trouble, node, share, from, until }) => {
      const member = members[node]!
      await sleep(from)
      if (trouble.what === 'pause') {
        member.pause()
        await sleep(until - from)
        member.resume()
      } else if (trouble.what === 'crash' || trouble.what === 'loss') {
        await member.kill()
        await sleep(until - from)
        await member.restart({ isEmpty: trouble.what === 'loss' })
      } else {
        member.proxy.begin(trouble, share)
        await sleep(until - from)
        member.proxy.end(trouble)
      }
    }),
  )
}
