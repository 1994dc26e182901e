/** How tags and prefixes are invalidated. Loads under way learn of it before and after: one that began between the two saw what was there before. */
import { checkPrefix, checkTag, tagsOf } from '@mtaio/core/engine'
import type { Budget } from '../coordinator/budget.js'
import type { RecordVerbs } from './record-verbs.js'
import type { ViewState } from './view-state.js'

export class ViewInvalidation<T> {
  constructor(
    private readonly verbs: RecordVerbs<T>,
    private readonly state: ViewState<T>,
  ) {}

  /** One register each. */
  async deleteTags(tags: Iterable<string>): Promise<void> {
    this.state.checkOpen()
    await this.overrule(tagsOf(tags), (tag, budget) => this.verbs.invalidations.deleteTag(tag, budget))
  }

  async expireTag(tag: string): Promise<void> {
    this.state.checkOpen()
    checkTag(tag)
    await this.overrule([tag], (_, budget) => this.verbs.invalidations.expireTag(tag, budget))
  }

  async deletePrefix(prefix: string): Promise<void> {
    this.state.checkOpen()
    checkPrefix(prefix)
    this.verbs.keyspace.physical(prefix)
    this.state.watchers.prefixChanged(prefix, 'deleted')
    await this.verbs.within((budget) => this.verbs.invalidations.deletePrefix(prefix, budget))
    this.state.watchers.prefixChanged(prefix, 'deleted')
  }

  private async overrule(tags: readonly string[], each: (tag: string, budget: Budget) => Promise<void>): Promise<void> {
    for (const tag of tags) this.state.watchers.tagInvalidated(tag)
    await this.verbs.within((budget) => Promise.all(tags.map((tag) => each(tag, budget))))
    for (const tag of tags) this.state.watchers.tagInvalidated(tag)
  }
}
