/** All operations, in the order of the tables. */
import type { KeyShape } from '../../measure/keys.js'
import type { Operation } from '../operation.js'
import { asyncGet, asyncSet } from './async.js'
import { deleteAndSet } from './delete.js'
import { evict } from './evict.js'
import { expiry } from './expiry.js'
import { coldGetOrSet, warmGetOrSet } from './get-or-set.js'
import { hit } from './hit.js'
import { memory } from './memory.js'
import { miss } from './miss.js'
import { mixed } from './mixed.js'
import { update } from './update.js'

/** The seven by which contenders are compared at a glance; what `--quick` measures. */
export const MAIN: readonly string[] = ['hit-zipf', 'hit-fresh', 'miss', 'update', 'evict', 'evict-fresh', 'mixed']

function shaped(suffix: string, shape: KeyShape): Operation[] {
  return [
    hit(`hit-zipf${suffix}`, 'zipf', shape),
    hit(`hit-uniform${suffix}`, 'uniform', shape),
    hit(`hit-fresh${suffix}`, 'fresh', shape),
    miss(`miss${suffix}`, shape),
    update(`update${suffix}`, shape),
    deleteAndSet(`delete${suffix}`, shape),
    evict(`evict${suffix}`, shape, false),
    evict(`evict-fresh${suffix}`, shape, true),
    mixed(`mixed${suffix}`, shape),
  ]
}

export const OPERATIONS: readonly Operation[] = [
  ...shaped('', '12'),
  ...shaped('-60', '60'),
  ...shaped('-unicode', 'unicode'),
  asyncGet,
  asyncSet,
  warmGetOrSet,
  coldGetOrSet,
  memory,
  expiry,
]
