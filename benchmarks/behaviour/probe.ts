/** What is asked of every library, and what the questions share. Knows no library. */
import type { FakeTime } from './fake-time.js'
import type { Library, Subject } from './library.js'

export interface Probe {
  /** As `--only` and the results have it. */
  readonly id: string
  /** As the table has it. */
  readonly title: string
  /** Whether time stands still, but for what the probe moves. */
  readonly fakeTime?: boolean
  /** Whether the process is left to end by itself, which is then the answer. */
  readonly exits?: boolean
  /** The cell; `undefined` where the library has no such call. */
  run(library: Library, time: FakeTime): Promise<string | undefined>
}

/** What a call came to. */
export type Outcome = Answered | Threw
interface Answered {
  readonly value: unknown
}
interface Threw {
  readonly error: Error
  readonly value?: undefined
}

export async function outcomeOf(call: () => unknown): Promise<Outcome> {
  try {
    return { value: await call() }
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }
}

export const threw = (outcome: Outcome): outcome is Threw => 'error' in outcome

/** Stores a value as the library's users do: by `set`, else by loading it. */
export async function put(subject: Subject, key: string, value: unknown, ttl?: number): Promise<void> {
  if (subject.set) await subject.set(key, value, ttl)
  else await subject.getOrSet!(key, () => value)
}

class Absent extends Error {}

/** What a reader gets; `undefined` when nothing is held. */
export async function held(subject: Subject, key: string): Promise<unknown> {
  if (subject.get) return (await subject.get(key)) ?? undefined
  try {
    return await subject.getOrSet!(key, () => {
      throw new Absent('nothing is held')
    })
  } catch (error) {
    if (error instanceof Absent || (error as Error).cause instanceof Absent) return undefined
    throw error
  }
}

/** A load that answers when it is told to. */
export function slowLoad(): { load: () => Promise<unknown>; finish(value: unknown): void; began: Promise<void> } {
  let finish = (_value: unknown): void => {}
  let begin = (): void => {}
  const answer = new Promise<unknown>((resolve) => {
    finish = resolve
  })
  const began = new Promise<void>((resolve) => {
    begin = resolve
  })
  const load = () => {
    begin()
    return answer
  }
  return { load, finish: (value) => finish(value), began }
}

/** Milliseconds in the library's unit. */
export const inUnit = (library: Library, ms: number): number => (library.unit === 's' ? ms / 1000 : ms)

/** Opens a cache and stores `v` under `k` for a TTL, given to the set where it takes one, else to the cache. */
export async function openWithTtl(library: Library, ttl: number, time: FakeTime): Promise<Subject> {
  if (library.ttl === 'cache') {
    const subject = await library.open!({ ttl }, time)
    await put(subject, 'k', 'v')
    return subject
  }
  const subject = await library.open!({ ttl: inUnit(library, 60_000) }, time)
  await put(subject, 'k', 'v', ttl)
  return subject
}

export function sleep(ms: number): Promise<void>
export function sleep<T>(ms: number, answer: T): Promise<T>
export function sleep(ms: number, answer?: unknown): Promise<unknown> {
  return new Promise((resolve) => setTimeout(() => resolve(answer), ms))
}
