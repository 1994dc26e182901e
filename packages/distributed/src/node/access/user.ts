/** Who may do what: a user, and whether a password is the right one. Passwords are kept as their SHA-256 only. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { matchesGlob } from '../glob.js'

/** `read` and `write` entries; `admin`: the node itself (its settings, its clients, a flush). */
export type Right = 'read' | 'write' | 'admin'

const EVERY_KEY = '*'

export class User {
  /** Whether there is a key that it may not touch. */
  readonly isLimited: boolean
  /** Whether there is nothing that it may not do. */
  readonly mayDoAll: boolean
  // Hidden from whoever prints a user, or what holds one.
  readonly #digest: Uint8Array | undefined
  private readonly patterns: readonly Uint8Array[]

  /**
   * @param digest - SHA-256 of its password; `undefined`: any is right
   * @param keys - patterns of the keys that it may touch
   */
  constructor(
    readonly name: string,
    digest: Uint8Array | undefined,
    readonly rights: ReadonlySet<Right>,
    keys: readonly string[],
  ) {
    this.#digest = digest
    this.isLimited = !keys.includes(EVERY_KEY)
    this.mayDoAll = !this.isLimited && rights.size === 3
    this.patterns = keys.map((pattern) => Buffer.from(pattern))
  }

  /** Whether it needs no password. */
  get isOpen(): boolean {
    return this.#digest === undefined
  }

  mayTouch(key: Uint8Array): boolean {
    return !this.isLimited || this.patterns.some((pattern) => matchesGlob(pattern, key))
  }

  /** Takes as long for a wrong password as for the right one: digests have one length, and all of their bytes are compared. */
  knows(password: Uint8Array): boolean {
    return this.#digest === undefined || timingSafeEqual(this.#digest, digestOf(password))
  }
}

export function digestOf(password: string | Uint8Array): Uint8Array {
  return createHash('sha256').update(password).digest()
}
