/** Tag → the slots that carry it, so that `deleteByTag` visits only those. Memory: one set entry per tag of an entry. */
export class TagIndex {
  private readonly slotsByTag = new Map<string, Set<number>>()

  add(slot: number, tags: readonly string[]): void {
    for (const tag of tags) {
      const slots = this.slotsByTag.get(tag)
      if (slots === undefined) this.slotsByTag.set(tag, new Set([slot]))
      else slots.add(slot)
    }
  }

  remove(slot: number, tags: readonly string[]): void {
    for (const tag of tags) {
      const slots = this.slotsByTag.get(tag)
      if (slots?.delete(slot) && slots.size === 0) this.slotsByTag.delete(tag)
    }
  }

  /** The slots that carry `tag`, as they are now. */
  slotsOf(tag: string): readonly number[] {
    return [...(this.slotsByTag.get(tag) ?? [])]
  }
}
