/**
 * The root of every error that mtaio throws. It knows codes, causes and how `instanceof` survives two
 * loaded copies of this package; it does not know caches.
 */

const brandOf = (name: string) => Symbol.for(`@mtaio/exceptions/${name}`)

/** Options that every mtaio error accepts beside its message. */
export interface MTAIOErrorOptions {
  /** Stable, machine-readable reason, such as `'CONFLICT'`. Defaults to the class's own code. */
  code?: string | undefined
  /** What brought the error about; kept as the standard `Error.cause`. */
  cause?: unknown
}

/**
 * Root of all mtaio errors.
 *
 * `code` is stable across releases; messages are for people and may change.
 */
export class MTAIOError extends Error {
  /** Stable, machine-readable reason. */
  readonly code: string

  constructor(message: string, options: MTAIOErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    const type = new.target as typeof MTAIOError & { readonly defaultCode?: string }
    this.code = options.code ?? type.defaultCode ?? 'MTAIO_ERROR'
  }

  /**
   * An ESM and a CJS copy of this package can meet in one process. Each branded class therefore recognises
   * instances by a registered symbol; a user's own subclass, which has no brand, keeps the ordinary rule.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const brand = brands.get(this)
    if (brand === undefined) return Function.prototype[Symbol.hasInstance].call(this, value)
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true
  }
}

const brands = new WeakMap<object, symbol>()

/**
 * Gives an error class its name, its default code and the brand by which other copies of the package know it.
 * Called once, beside each class of this package.
 */
export function brandError(type: abstract new (...args: never[]) => MTAIOError, name: string, code: string): void {
  const brand = brandOf(name)
  brands.set(type, brand)
  Object.defineProperty(type, 'defaultCode', { value: code })
  Object.defineProperty(type.prototype, brand, { value: true })
  // Set by hand so that a minifier's renaming of the class does not reach users.
  Object.defineProperty(type.prototype, 'name', { value: name, writable: true, configurable: true })
}

brandError(MTAIOError, 'MTAIOError', 'MTAIO_ERROR')
