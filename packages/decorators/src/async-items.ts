/**
 * What a wrapped async generator answers: its items as they come where this call runs it, else as they were kept. Knows
 * no cache: how a result is looked up and loaded is passed in.
 */
import { CacheConfigError } from '@mtaio/exceptions'
import type { Recording } from './recording.js'

/** One that reads while the generator still runs. */
export interface Reader {
  /** Aborted when it has left. */
  readonly signal: AbortSignal
  /** Told when this call is the one that runs the generator. */
  began(recording: Recording<unknown>): void
}

/** Whether a function is an async generator. @throws CacheConfigError for a synchronous one */
export function isAsyncGenerator(fn: object, what: string): boolean {
  const kind = Object.prototype.toString.call(fn)
  if (kind === '[object GeneratorFunction]') {
    throw new CacheConfigError(
      `${what} cannot keep what a generator yields, which its first reader uses up: return a list, or make it an async generator`,
    )
  }
  return kind === '[object AsyncGeneratorFunction]'
}

/** Items as an async generator that `await using` can end. */
export function disposable<Y>(items: AsyncGenerator<Y>): AsyncGenerator<Y> {
  if (Symbol.asyncDispose in items) return items
  return Object.assign(items as AsyncGenerator<Y>, {
    [Symbol.asyncDispose]: async () => void (await (items as AsyncGenerator<Y>).return(undefined)),
  })
}

/**
 * The items of a result.
 *
 * @param load - answers all of them; where it has to run the generator, it tells the reader. The reader's leaving ends
 *   the generator, unless others wait for the same result
 */
export async function* itemsOf(load: (reader: Reader) => Promise<unknown>): AsyncGenerator<unknown> {
  const leave = new AbortController()
  let began: (recording: Recording<unknown>) => void = () => undefined
  const recording = new Promise<Recording<unknown>>((resolve) => {
    began = resolve
  })
  const whole = load({ signal: leave.signal, began }) as Promise<Iterable<unknown>>
  const failed = whole.then(() => new Promise<never>(() => undefined))
  failed.catch(() => undefined)
  try {
    // Whichever is there first: a stale result may be answered while the generator has not yielded anything yet.
    const opening = await Promise.race([recording.then(firstOf), whole])
    if (!(opening instanceof Opening)) return yield* opening
    // The generator failed at once; the cache may still have something to answer instead.
    if (opening.first === undefined) return yield* await whole
    let step = opening.first
    for (let position = 1; !step.done; position++) {
      yield step.value
      step = await Promise.race([opening.recording.at(position), failed])
    }
    // That the result could not be stored is for the caller to know.
    await whole
  } finally {
    leave.abort(new Error('the reader has left'))
  }
}

class Opening {
  constructor(
    readonly recording: Recording<unknown>,
    readonly first: IteratorResult<unknown, void> | undefined,
  ) {}
}

async function firstOf(recording: Recording<unknown>): Promise<Opening> {
  try {
    return new Opening(recording, await recording.at(0))
  } catch {
    return new Opening(recording, undefined)
  }
}
