/**
 * A span for each call that a tracing channel tells of: a child of the caller's active span, and itself active in what the
 * call does, so that queries of a loader become its children.
 */
import { tracingChannel } from 'node:diagnostics_channel'
import { context, type Span, type SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import type { Traced } from '../diagnostics/tracing-channel.js'
import { errorType } from './error-type.js'
import type { Attributes } from './measures.js'

/** How calls of one channel become spans. */
export interface SpanShape<Call> {
  /** A low-cardinality name, or `undefined` to leave this call out. */
  name(call: Call): string | undefined
  readonly kind: SpanKind
  /** What is known when the call begins. */
  begin(call: Call): Attributes
  /** What is known when it is over. */
  end?(call: Call): Attributes
}

interface Published extends Traced {
  readonly isSync?: boolean
  readonly error?: unknown
}

/** Where spans go, and which are made. */
export interface SpanOptions {
  readonly tracer: Tracer
  /** Leaves out calls that nobody traces around. */
  readonly requireParent: boolean
}

/** Makes spans of what `tracing:<channel>:*` publishes from now on. Returns the undo. */
export function traceChannel<Call extends object>(
  channel: string,
  shape: SpanShape<Call>,
  { tracer, requireParent }: SpanOptions,
): () => void {
  const spans = new WeakMap<object, Span>()
  const end = (message: Call & Published) => {
    const span = spans.get(message)
    if (span === undefined) return
    spans.delete(message)
    if (shape.end !== undefined) span.setAttributes(shape.end(message))
    const failure = errorType(message.error)
    if (failure !== undefined) {
      span.setAttribute('error.type', failure)
      span.setStatus({ code: SpanStatusCode.ERROR })
    }
    span.end()
  }
  const handlers = {
    start: (message: Call & Published) => {
      const active = context.active()
      if (requireParent && trace.getSpan(active) === undefined) return
      const name = shape.name(message)
      if (name === undefined) return
      const span = tracer.startSpan(name, { kind: shape.kind, attributes: { ...shape.begin(message) } }, active)
      spans.set(message, span)
      const inside = trace.setSpan(active, span)
      const { within } = message
      message.within = (run) => context.with(inside, within === undefined ? run : () => within(run))
    },
    // Over already where the call is synchronous, or threw before it had a promise.
    end: (message: Call & Published) => {
      if (message.isSync || message.error !== undefined) end(message)
    },
    asyncStart: () => undefined,
    asyncEnd: end,
    error: () => undefined,
  }
  const told = tracingChannel<unknown, Call & Published>(channel)
  told.subscribe(handlers)
  return () => void told.unsubscribe(handlers)
}
