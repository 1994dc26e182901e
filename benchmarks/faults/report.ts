/** Rounds as a table, and a round as a line. */
import { markdownTable } from '../report/markdown-table.js'
import type { Round } from './round.js'
import { describeTrouble } from './trouble.js'

const HEADS = [
  'settings',
  'attack',
  'rounds',
  'calls',
  'failed',
  'refused',
  'late, ms',
  'whole again, s',
  'partial',
  'broken',
]

export function tableOf(rounds: readonly Round[]): string {
  const groups = new Map<string, Round[]>()
  for (const round of rounds) {
    const name = `${round.profile}\0${round.attack}`
    groups.set(name, [...(groups.get(name) ?? []), round])
  }
  const rows = [...groups].map(([name, those]) => [...name.split('\0'), ...cellsOf(those)])
  return markdownTable(
    HEADS,
    [...rows, ['all', '', ...cellsOf(rounds)]],
    [...(['left', 'left'] as const), ...HEADS.slice(2).map(() => 'right' as const)],
  )
}

function cellsOf(rounds: readonly Round[]): string[] {
  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0)
  const times = rounds.map(({ healedAfter = Number.POSITIVE_INFINITY }) => healedAfter).sort((a, b) => a - b)
  const seconds = (ms: number | undefined) =>
    ms === undefined || ms === Number.POSITIVE_INFINITY ? 'not' : (ms / 1000).toFixed(1)
  const late = Math.max(...rounds.map(({ latest }) => latest))
  return [
    String(rounds.length),
    sum(({ calls }) => calls).toLocaleString('en'),
    sum(({ failed }) => failed).toLocaleString('en'),
    sum(({ refused }) => refused).toLocaleString('en'),
    String(Math.max(0, Math.round(late))),
    `${seconds(times[times.length >> 1])} (${seconds(times.at(-1))})`,
    String(sum(({ partial }) => partial)),
    String(sum(({ violations }) => violations.length)),
  ]
}

/** What went wrong in a round, and what of it should not have. */
export function linesOf({
  number,
  profile,
  attack,
  troubles,
  violations,
  healedAfter,
  undecided,
  calls,
  failed,
}: Round): string[] {
  const healed =
    healedAfter === undefined ? 'copies NOT whole again' : `whole again after ${(healedAfter / 1000).toFixed(1)} s`
  const lines = [`round ${number}, ${profile}, ${attack}: ${calls} calls, ${failed} failed, ${healed}`]
  if (undecided > 0) lines.push(`  of ${undecided} keys the checker could not tell`)
  if (violations.length === 0 && healedAfter !== undefined) return lines
  for (const trouble of troubles) lines.push(`  ${describeTrouble(trouble)}`)
  for (const { rule, says } of violations.slice(0, 5)) lines.push(`  BROKEN ${rule}: ${says.replace(/\.{9,}/g, '…')}`)
  return lines
}
