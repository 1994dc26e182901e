/** What goes wrong in one round, and when: drawn from a seed, within the bound of its attack. */

import type { Engine } from './member.js'
import type { Attack } from './profile.js'
import type { SeededDice } from './seeded-dice.js'
import type { TimedTrouble, Trouble, Way } from './trouble.js'

export interface Battlefield {
  readonly nodes: number
  readonly engine: Engine
  /** How long the load lasts, ms. */
  readonly span: number
}

export function drawTroubles(dice: SeededDice, attack: Attack, field: Battlefield): TimedTrouble[] {
  const troubles: TimedTrouble[] = []
  const { nodes, span } = field
  const loser = dice.integer(nodes)
  if (attack === 'storm' || attack === 'storm-and-loss') {
    for (let left = 3 + dice.integer(4); left > 0; left--) {
      const trouble = drawTrouble(dice, field)
      // A process has one thing happen to it at a time, and the one that is to lose its memory has that.
      const node = dice.integer(nodes)
      if (attack === 'storm-and-loss' && isOfProcess(trouble) && node === loser) continue
      const share = isOfProcess(trouble) || dice.chance(0.5) ? 1 : dice.between(0.3, 0.7)
      const [from, until] = drawTime(dice, span)
      const overlaps = troubles.some(
        (other) =>
          isOfProcess(trouble) &&
          isOfProcess(other.trouble) &&
          other.node === node &&
          other.from < until &&
          from < other.until,
      )
      if (!overlaps) troubles.push({ trouble, node, share, from, until })
    }
  }
  if (attack === 'loss' || attack === 'storm-and-loss') {
    const times = 1 + dice.integer(2)
    for (let i = 0; i < times; i++) {
      const from = (span * (i + dice.between(0.1, 0.4))) / times
      const until = from + (span / times) * dice.between(0.05, 0.5)
      troubles.push({ trouble: { what: 'loss' }, node: loser, share: 1, from, until })
    }
  }
  if (attack === 'corruption') {
    const trouble: Trouble = { what: 'corruption', way: drawWay(dice), chance: dice.between(0.02, 0.3) }
    troubles.push({ trouble, node: loser, share: 1, from: span * 0.1, until: span * 0.8 })
    troubles.push({ trouble: { what: 'loss' }, node: loser, share: 1, from: span * 0.85, until: span * 0.9 })
  }
  return troubles.sort((a, b) => a.from - b.from)
}

function isOfProcess({ what }: Trouble): boolean {
  return what === 'pause' || what === 'crash' || what === 'loss'
}

function drawTime(dice: SeededDice, span: number): [from: number, until: number] {
  const from = dice.between(0.05, 0.8) * span
  return [from, Math.min(from + dice.between(100, 3000), span * 0.95)]
}

function drawWay(dice: SeededDice): Way {
  return dice.pick(['to', 'back', 'both'])
}

function drawTrouble(dice: SeededDice, { engine }: Battlefield): Trouble {
  const way = drawWay(dice)
  const drawn: Trouble[] = [
    { what: 'cut' },
    { what: 'silence', way: dice.pick(['to', 'back']) },
    { what: 'silence', way: 'both' },
    { what: 'latency', way, ms: dice.between(5, 600) },
    { what: 'throttle', way, bytesPerSecond: dice.between(2000, 100_000) },
    { what: 'half-open' },
    { what: 'pause' },
  ]
  // A CacheNode forgets what it knew, which is not this.
  if (engine === 'redis') drawn.push({ what: 'crash' })
  return dice.pick(drawn)
}
