/** A store of Keyv's kind: a map that rejects every call once it is told to. */
export class BrokenMap {
  fails = false
  private readonly map = new Map<string, unknown>()
  // Keyv listens to its store.
  on(): this {
    return this
  }
  async get(key: string): Promise<unknown> {
    this.check()
    return this.map.get(key)
  }
  async set(key: string, value: unknown): Promise<boolean> {
    this.check()
    this.map.set(key, value)
    return true
  }
  async delete(key: string): Promise<boolean> {
    this.check()
    return this.map.delete(key)
  }
  async has(key: string): Promise<boolean> {
    this.check()
    return this.map.has(key)
  }
  async clear(): Promise<void> {
    this.check()
    this.map.clear()
  }
  private check(): void {
    if (this.fails) throw new Error('the store is down')
  }
}
