/** The scripts that judge everything else are judged here: a run that went wrong is never counted as a good one. */
import { describe, expect, it } from 'vitest'
import { countReport } from '../scripts/lib/unit-tests.mjs'

const file = (status: string, ...results: string[]) => ({
  name: 'a.test.ts',
  status,
  assertionResults: results.map((status) => ({ status })),
})

describe('the count of tests', () => {
  it('is of those that passed and those that failed; skipped ones are neither', () => {
    const testResults = [file('passed', 'passed', 'pending'), file('failed', 'passed', 'failed', 'failed')]
    expect(countReport({ testResults }, false)).toEqual({ passed: 2, failed: 2 })
  })

  it('takes a file that does not load for a failure', () => {
    const testResults = [file('passed', 'passed'), file('failed')]
    expect(countReport({ testResults }, false)).toEqual({ passed: 1, failed: 1 })
  })

  it('takes a discontented runner for a failure even where every test passed', () => {
    expect(countReport({ testResults: [file('passed', 'passed')] }, false)).toEqual({ passed: 1, failed: 1 })
  })

  it('takes a run without a report, and one without a test, for a failure', () => {
    expect(countReport(undefined, true)).toEqual({ passed: 0, failed: 1 })
    expect(countReport({ testResults: [] }, true)).toEqual({ passed: 0, failed: 1 })
  })
})
