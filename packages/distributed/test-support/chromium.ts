/** A browser for tests; where none is installed, tests in it do not run; on CI that is a failure. */
import { existsSync } from 'node:fs'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser']

/** `MTAIO_CHROMIUM`, else where Debian puts it. @throws Error when there is none and `CI` is set */
export function findChromium(): string | undefined {
  const told = process.env.MTAIO_CHROMIUM
  const found = told || PLACES.find((path) => existsSync(path))
  if (found === undefined && process.env.CI)
    throw new Error('no Chromium is installed: install it, or set MTAIO_CHROMIUM')
  return found
}
