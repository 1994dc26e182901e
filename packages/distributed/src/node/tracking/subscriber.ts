/** One client that wants to be told of changes: what it asked for, and how it is reached. Knows no table. */
import type { Push } from '../../resp/answer.js'

export interface TrackingMode {
  /** Told of every key that begins with one of `prefixes`, read or not. */
  readonly broadcast: boolean
  /** A character for each byte. */
  readonly prefixes: readonly string[]
  /** Reads count only where CLIENT CACHING YES goes before. */
  readonly optIn: boolean
  /** Reads count unless CLIENT CACHING NO goes before. */
  readonly optOut: boolean
  /** Its own writes are no news to it. */
  readonly noLoop: boolean
}

export class Subscriber {
  /** False once it tracks no more: what it has read is forgotten as it comes up. */
  isActive = true
  /** Whether CLIENT CACHING was said, for one command or transaction. */
  cachingSaid = false

  /**
   * @param tell - sends it a message
   * @param maySee - whether it may know the name of a key
   */
  constructor(
    public mode: TrackingMode,
    readonly tell: (message: Push) => void,
    readonly maySee: (name: string) => boolean = () => true,
  ) {}

  /** Whether what it reads now is to be remembered. */
  get remembers(): boolean {
    const { broadcast, optIn, optOut } = this.mode
    return !broadcast && (optIn ? this.cachingSaid : !optOut || !this.cachingSaid)
  }

  /** Whether it is told of the key although it may not have read it. */
  hears(name: string): boolean {
    return this.mode.prefixes.some((prefix) => name.startsWith(prefix)) && this.maySee(name)
  }
}
