/** What this client changes itself is seen by its own readers at once: the near entries go when the loads of a key are told. */
import { type Change, Watchers } from '@mtaio/core/engine'

/** The near entries of a namespace. */
export interface OwnChanges {
  keyChanged(key: string): void
  tagChanged(tag: string): void
  /** All of it, and what is below it. */
  allChanged(): void
}

export class NearWatchers extends Watchers {
  constructor(private readonly entries: OwnChanges) {
    super()
  }

  override changed(key: string, change: Change): void {
    this.entries.keyChanged(key)
    super.changed(key, change)
  }

  override tagInvalidated(tag: string): void {
    this.entries.tagChanged(tag)
    super.tagInvalidated(tag)
  }

  override prefixChanged(prefix: string, change: Change): void {
    this.entries.allChanged()
    super.prefixChanged(prefix, change)
  }

  override allChanged(change: Change): void {
    this.entries.allChanged()
    super.allChanged(change)
  }
}
