/** Counts what passed and what failed, says how long each step took, and closes with one line that says it all. */

export class Tally {
  passed = 0
  failed = 0
  #began = performance.now()

  /**
   * Runs a step and counts it as one.
   *
   * @param {string} name
   * @param {() => Promise<{ ok: boolean, output: string }>} work its output is printed only when it failed
   * @returns {Promise<boolean>} whether it passed
   */
  async step(name, work) {
    const began = performance.now()
    const { ok, output } = await work()
    if (ok) this.passed++
    else {
      this.failed++
      process.stdout.write(`\n--- ${name} ---\n${output.trimEnd()}\n---\n`)
    }
    this.#say(ok, name, began)
    return ok
  }

  /** Counts many at once. */
  async count(name, work) {
    const began = performance.now()
    const { passed, failed } = await work()
    this.passed += passed
    this.failed += failed
    this.#say(failed === 0, `${name}: ${passed} passed, ${failed} failed`, began)
    return failed === 0
  }

  /** Prints the closing line and sets the exit code. */
  close() {
    if (this.failed > 0) process.exitCode = 1
    console.log(`\nall of it took ${seconds(this.#began)}`)
    console.log(`${this.passed} passed, ${this.failed} failed`)
  }

  #say(ok, name, began) {
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds(began)})`)
  }
}

function seconds(began) {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`
}
