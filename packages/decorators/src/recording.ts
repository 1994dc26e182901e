/**
 * An async generator run to its end and written down, for readers that begin at its first item while it still runs.
 * Knows no cache.
 */
import { CacheValueError } from '@mtaio/exceptions'

export class Recording<Y> {
  /** All items, once the generator has ended; fails as it did. */
  readonly whole: Promise<Y[]>
  private readonly items: Y[] = []
  private ended = false
  private tell: () => void = () => undefined
  private news: Promise<void>

  /**
   * Runs the generator at its own speed, whoever reads.
   *
   * @param signal - ends it early
   * @param most - items at most; one that yields more is ended, and `whole` is a CacheValueError
   */
  constructor(source: AsyncGenerator<Y>, signal: AbortSignal, most: number) {
    this.news = this.nextNews()
    this.whole = this.run(source, signal, most)
    // Whoever reads is told; here it is only that nobody might.
    this.whole.catch(() => undefined)
  }

  /** The item at a position as soon as it is there; `done` after the last. Fails where the generator did. */
  async at(position: number): Promise<IteratorResult<Y, void>> {
    while (position >= this.items.length && !this.ended) await this.news
    if (position < this.items.length) return { done: false, value: this.items[position]! }
    await this.whole
    return { done: true, value: undefined }
  }

  private async run(source: AsyncGenerator<Y>, signal: AbortSignal, most: number): Promise<Y[]> {
    const end = () => void source.return(undefined).catch(() => undefined)
    signal.addEventListener('abort', end, { once: true })
    try {
      for await (const item of source) {
        if (this.items.length === most) {
          throw new CacheValueError(
            `an async generator yielded more than ${most} items, the most that are kept: raise maxItems, or do not cache it`,
          )
        }
        this.items.push(item)
        this.wake()
      }
      if (signal.aborted) throw signal.reason
      return this.items
    } finally {
      signal.removeEventListener('abort', end)
      this.ended = true
      this.wake()
    }
  }

  private nextNews(): Promise<void> {
    return new Promise((resolve) => {
      this.tell = resolve
    })
  }

  private wake(): void {
    this.tell()
    this.news = this.nextNews()
  }
}
