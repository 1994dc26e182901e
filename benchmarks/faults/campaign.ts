/** Rounds over one cluster of real processes, profiles and attacks in turn, until time is up. */
import { type Engine, Member } from './member.js'
import { PROFILES, type Profile } from './profile.js'
import { type Round, runRound } from './round.js'
import { SeededDice } from './seeded-dice.js'

export interface CampaignOptions {
  readonly engine: Engine
  readonly nodes: number
  readonly seconds: number
  readonly seed: number
  /** @defaultValue all, in turn */
  readonly profiles?: readonly Profile[] | undefined
  /** The load of one round, ms. @defaultValue 6000 */
  readonly span?: number | undefined
  readonly onRound?: ((round: Round) => void) | undefined
}

/** How long copies may take to be whole again, ms: probes wait up to 10 s, and what they find follows. */
const HEALING = 40_000

/** No round begins after the time is up; the last one is brought to its end. */
export async function runCampaign(options: CampaignOptions): Promise<Round[]> {
  const { engine, nodes, seconds, seed, profiles = PROFILES, span = 6000, onRound } = options
  const end = performance.now() + seconds * 1000
  const dice = new SeededDice(seed)
  const members = await Promise.all(Array.from({ length: nodes }, () => Member.start(engine, dice.another().next)))
  const rounds: Round[] = []
  try {
    for (let number = 1; performance.now() < end; number++) {
      const profile = profiles[(number - 1) % profiles.length]!
      const attack = profile.attacks[Math.floor((number - 1) / profiles.length) % profile.attacks.length]!
      const round = await runRound({ number, profile, attack, members, dice: dice.another(), span, healing: HEALING })
      rounds.push(round)
      onRound?.(round)
    }
  } finally {
    await Promise.all(members.map((member) => member.stop()))
  }
  return rounds
}
