/** Every probe, in the order of the table. */
import type { Probe } from '../probe.js'
import { probes as callbacks } from './callbacks.js'
import { probes as faults } from './faults.js'
import { probes as iteration } from './iteration.js'
import { probes as keys } from './keys.js'
import { probes as lifetimes } from './lifetimes.js'
import { probes as loading } from './loading.js'
import { probes as values } from './values.js'

export const PROBES: readonly Probe[] = [
  ...loading,
  ...values,
  ...lifetimes,
  ...keys,
  ...callbacks,
  ...iteration,
  ...faults,
]
