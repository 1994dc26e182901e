/** Keys whose last refresh failed, and how long the next one waits: a second, doubled with each failure, a minute at most. */

const FIRST_DELAY = 1000
const LONGEST_DELAY = 60_000
/** The oldest are forgotten first. */
const MOST = 10_000

export class RefreshBackoff {
  private readonly byKey = new Map<string, { readonly delay: number; readonly until: number }>()

  /** Whether it is too early to try again. */
  holds(key: string, now: number): boolean {
    return this.byKey.size > 0 && (this.byKey.get(key)?.until ?? 0) > now
  }

  failed(key: string, now: number): void {
    const before = this.byKey.get(key)
    const delay = before === undefined ? FIRST_DELAY : Math.min(2 * before.delay, LONGEST_DELAY)
    // As the latest of all.
    this.byKey.delete(key)
    this.byKey.set(key, { delay, until: now + delay })
    if (this.byKey.size > MOST) this.byKey.delete(this.byKey.keys().next().value as string)
  }

  succeeded(key: string): void {
    if (this.byKey.size > 0) this.byKey.delete(key)
  }
}
