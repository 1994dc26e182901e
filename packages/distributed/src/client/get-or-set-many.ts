/** Many keys read, and those that are absent loaded in one call: each load is given what was seen of its key. */
import { inBatches } from './batch.js'
import type { Evidence, RecordVerbs } from './record-verbs.js'

/** What the face does with what was read. */
export interface ManyLoading<T> {
  count(key: string, value: T | undefined): void
  /** Loads the missing keys. */
  load(missing: readonly string[], evidenceOf: (key: string) => Evidence): Promise<ReadonlyMap<string, T>>
}

export async function getOrSetMany<T>(
  verbs: RecordVerbs<T>,
  keys: readonly string[],
  { count, load }: ManyLoading<T>,
): Promise<Map<string, T>> {
  const asked = [...new Set(keys)]
  const reads = new Map(
    await inBatches(
      verbs,
      'getOrSetMany',
      asked,
      String,
      async (key, budget) => [key, await verbs.read(key, budget)] as const,
    ),
  )
  for (const [key, { value }] of reads) count(key, value)
  const missing = asked.filter((key) => reads.get(key)!.value === undefined)
  const loaded = await load(missing, (key) => verbs.evidence(reads.get(key)!.result))
  const found = asked.map((key) => [key, reads.get(key)!.value ?? loaded.get(key)] as const)
  return new Map(found.filter((pair): pair is [string, T & {}] => pair[1] !== undefined))
}
