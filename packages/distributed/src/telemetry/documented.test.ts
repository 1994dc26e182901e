/** The table of docs/telemetry.md is what is told: names, kinds, units and attributes. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { cacheMeasures } from '../../../core/src/telemetry/measures.js'
import { clusterMeasures } from './cluster-measures.js'

it('every metric is in the table of docs/telemetry.md, and no other', () => {
  const page = readFileSync(new URL('../../../../docs/telemetry.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `(cache[\w.]+)` +\| (\w+) +\| `([^`]+)` +\| (.*?) *\|/gm)]
  const documented = rows.map(([, name, kind, unit, attributes]) =>
    [name, kind, unit, ...[...attributes!.matchAll(/`([a-z]+\.[a-z_.]+)`/g)].map(([, attribute]) => attribute)].join(
      ' ',
    ),
  )
  const told = [...cacheMeasures, ...clusterMeasures].map(({ name, kind, unit, attributes }) =>
    [name, kind, unit, ...attributes].join(' '),
  )
  expect(documented.sort()).toEqual([...told, 'cache.load.duration histogram s error.type'].sort())
})
