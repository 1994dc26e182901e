/** How long loads take, heard on the channel that tells of them. */
import { tracingChannel } from 'node:diagnostics_channel'
import { performance } from 'node:perf_hooks'
import type { CacheTrace } from '../diagnostics/traces.js'
import { errorType } from './error-type.js'

/** A load that has ended. */
export interface EndedLoad {
  readonly cache: string
  readonly seconds: number
  /** What kind of failure it was, if it was one. */
  readonly errorType: string | undefined
}

/** Calls `listener` at the end of each load of every local cache in the process. Returns the undo. */
export function onLoadEnded(listener: (load: EndedLoad) => void): () => void {
  const began = new WeakMap<object, number>()
  const ended = (message: object) => {
    const from = began.get(message)
    if (from === undefined) return
    began.delete(message)
    const { cache, error } = message as CacheTrace & { error?: unknown }
    listener({ cache, seconds: (performance.now() - from) / 1000, errorType: errorType(error) })
  }
  const handlers = {
    start: (message: object) => void began.set(message, performance.now()),
    end: (message: object) => {
      const { isSync } = message as CacheTrace
      if (isSync) ended(message)
    },
    asyncStart: () => undefined,
    asyncEnd: ended,
    error: () => undefined,
  }
  const channel = tracingChannel<unknown, object>('mtaio.load')
  channel.subscribe(handlers)
  return () => void channel.unsubscribe(handlers)
}
