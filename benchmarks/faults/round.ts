/** One round: clients, a load, troubles, healing without a read, a last look, the verdict. */
import { DistributedCache } from '@mtaio/distributed'
import { HistoryRecorder, type Violation } from '@mtaio/distributed/testing'
import { Acknowledged } from './acknowledged.js'
import { drawTroubles } from './attack-plan.js'
import { inflict } from './battle.js'
import { type KeyBehind, keysBehind } from './copies.js'
import { HotKeys } from './hot-keys.js'
import { sleep, work } from './load.js'
import type { Member } from './member.js'
import type { Attack, Profile } from './profile.js'
import type { SeededDice } from './seeded-dice.js'
import type { TimedTrouble } from './trouble.js'
import { isRefusal, judge, latestBy } from './verdict.js'

const CLIENTS = 3
/** Calls that one client has under way at once. */
const AT_ONCE = 2
/** Of a DistributedCache. */
const DEFAULT_COPIES = 2
const LOOK_EVERY_MS = 100

export interface RoundOptions {
  readonly number: number
  readonly profile: Profile
  readonly attack: Attack
  readonly members: readonly Member[]
  readonly dice: SeededDice
  /** How long the load lasts, ms. */
  readonly span: number
  /** How long copies may take to be whole again, ms. */
  readonly healing: number
}

export interface Round {
  readonly number: number
  readonly profile: string
  readonly attack: Attack
  readonly troubles: readonly TimedTrouble[]
  readonly calls: number
  /** Reads that failed, and changes whose outcome nobody knows. */
  readonly failed: number
  /** Of them: bytes that were refused as damaged. */
  readonly refused: number
  /** By how many ms the latest call missed its budget; negative when none did. */
  readonly latest: number
  /** ms from the end of the last trouble until all copies were whole, with nobody reading; `undefined` if they were not in time. */
  readonly healedAfter: number | undefined
  /** Keys whose newest version is that of a change that failed, and is not everywhere: a read or the next write ends that. */
  readonly partial: number
  readonly undecided: number
  readonly violations: readonly Violation[]
}

export async function runRound(options: RoundOptions): Promise<Round> {
  const { number, profile, attack, members, dice, span, healing } = options
  const keys = new HotKeys(`r${number}`)
  const acknowledged = new Acknowledged()
  const recorder = new HistoryRecorder(() => performance.now(), keys)
  const nodes = members.map(({ address }) => address)
  const namespace = `${profile.name.replaceAll(' ', '-')}-${number}`
  const caches = Array.from(
    { length: CLIENTS },
    () => new DistributedCache<string>({ ...profile.settings, nodes, namespace }),
  )
  // Fills that found too few nodes: their callers have their values.
  for (const cache of caches) cache.on('error', () => undefined)
  const clients = caches.map((cache, i) => recorder.over(`c${i + 1}`, acknowledged.over(cache)))
  const found: Violation[] = []
  const onRejection = (reason: unknown) =>
    found.push({ rule: 'rejection', says: String((reason as Error)?.stack ?? reason) })
  process.on('unhandledRejection', onRejection)
  try {
    let values = 0
    const unique = () => values++
    const troubles = drawTroubles(dice, attack, { nodes: members.length, engine: members[0]!.engine, span })
    const end = performance.now() + span
    const isOver = () => performance.now() >= end
    const workers = clients.flatMap((client) =>
      Array.from({ length: AT_ONCE }, () => work({ client, keys, dice: dice.another(), unique }, isOver)),
    )
    const [well] = await Promise.all([inflict(members, troubles).then(() => performance.now()), ...workers])
    const copies = profile.settings.replicationFactor ?? DEFAULT_COPIES
    const { healedAfter, partial } = await heal(well, { namespace, keys: keys.all, copies })
    for (const client of clients) await Promise.all(keys.current.map((key) => client.get(key)))
    await sleep(200)
    for (const client of clients) await Promise.all(keys.current.map((key) => client.get(key, true)))
    const { calls } = recorder
    const { violations, undecided } = judge(calls, profile, attack)
    return {
      ...{ number, attack, troubles, undecided, healedAfter, partial },
      profile: profile.name,
      calls: calls.length,
      failed: calls.filter(({ error }) => error !== undefined).length,
      refused: calls.filter(isRefusal).length,
      latest: latestBy(calls),
      violations: [...violations, ...found],
    }
  } finally {
    await Promise.all(caches.map((cache) => cache[Symbol.asyncDispose]()))
    process.off('unhandledRejection', onRejection)
  }

  async function heal(well: number, wanted: { namespace: string; keys: readonly string[]; copies: number }) {
    for (;;) {
      const behind = await keysBehind(members, wanted)
      const owed = behind.filter(({ version }) => acknowledged.has(version))
      // A stand-in may hold the newest copy in an owner's place; whoever put it there has a hint for the owner.
      const isTold = caches.every((cache, i) => untold(cache, i).length === 0)
      if (owed.length === 0 && isTold) return { healedAfter: performance.now() - well, partial: behind.length }
      if (performance.now() > well + healing) {
        for (const each of caches.flatMap(untold)) found.push({ rule: 'convergence', says: each })
        for (const each of owed) found.push(behindFor(each))
        const dropped = caches.map((cache) => cache.getStats().hintsDropped)
        found.push({ rule: 'convergence', says: `hints dropped by the clients: ${dropped.join(', ')}` })
        return { healedAfter: undefined, partial: behind.length }
      }
      await sleep(LOOK_EVERY_MS)
    }
  }
}

/** Nodes that a client takes for down, or has something for, in words. */
function untold(cache: DistributedCache<string>, client: number): string[] {
  const { nodes, hints } = cache.getStats()
  return nodes.flatMap(({ node, up, hints: own }) => {
    if (!up) return [`c${client + 1} takes ${node} for down`]
    return own > 0 ? [`c${client + 1} has ${own} of ${hints} hints for ${node}`] : []
  })
}

function behindFor({ key, version, number, copies, others }: KeyBehind): Violation {
  const what = `${key} = ${number ?? 'nothing'} of ${version}`
  return { rule: 'convergence', says: `${what}, acknowledged, is on ${copies} nodes only: ${others.join(', ')}` }
}
