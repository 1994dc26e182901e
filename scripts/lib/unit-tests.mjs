/** Runs the tests and reads from the runner's own report how many there were. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.mjs'

/**
 * @param {readonly string[]} filters passed on to vitest
 * @param {Record<string, string>} env
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runUnitTests(filters, env) {
  const folder = mkdtempSync(join(tmpdir(), 'mtaio-test-'))
  const report = join(folder, 'report.json')
  try {
    const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters]
    const { ok } = await run('vitest', args, { env, shown: true })
    return countReport(readReport(report), ok)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @param {undefined | { testResults: { status: string, name: string, assertionResults: { status: string }[] }[] }} report
 * @param {boolean} ok whether the runner itself was content
 */
export function countReport(report, ok) {
  if (report === undefined) return { passed: 0, failed: 1 }
  let passed = 0
  let failed = 0
  for (const { status, assertionResults } of report.testResults) {
    const failures = assertionResults.filter((result) => result.status === 'failed').length
    passed += assertionResults.filter((result) => result.status === 'passed').length
    // A file that does not even load has no test to fail.
    failed += status === 'failed' && failures === 0 ? 1 : failures
  }
  // The runner also fails for errors that belong to no test, and where it found none.
  if (failed === 0 && (!ok || passed === 0)) failed = 1
  return { passed, failed }
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
