/** What a server says beyond what a client tells apart: forms that RESP3 has, and decoders fold into plain replies. */
import { type Reply, ReplyError } from './reply.js'
import { ReplyDecoder } from './reply-decoder.js'

/** A set, in RESP2 an array. */
export class ReplySet {
  readonly form = 'set'

  constructor(readonly elements: readonly Answer[]) {}
}

/** Text for people, in RESP2 a bulk string. */
export class Verbatim {
  readonly form = 'verbatim'

  constructor(readonly text: Uint8Array) {}
}

/** What answers no command. RESP2 has only arrays for it. */
export class Push {
  readonly form = 'push'

  constructor(readonly elements: readonly Answer[]) {}
}

/** No array, which RESP2 tells from no string. */
export class NullArray {
  readonly form = 'null-array'
}

export const NULL_ARRAY = new NullArray()

/** A reply that is encoded already. */
export class Encoded {
  readonly form = 'encoded'

  constructor(readonly bytes: Uint8Array) {}
}

/** What a client gets that wants no replies. */
export const NO_REPLY = new Encoded(new Uint8Array(0))

export type Answer = Reply | Answer[] | Map<Answer, Answer> | ReplySet | Verbatim | Push | NullArray | Encoded

/** The answer as a client reads it. */
export function replyOf(answer: Answer): Reply {
  if (answer === null || typeof answer !== 'object' || answer instanceof Uint8Array) return answer
  if (answer instanceof ReplyError) return answer
  if (Array.isArray(answer)) return answer.map(replyOf)
  if (answer instanceof Map) return new Map([...answer].map(([key, value]) => [replyOf(key), replyOf(value)]))
  if (answer instanceof Verbatim) return answer.text
  if (answer instanceof NullArray) return null
  return answer instanceof Encoded ? decoded(answer.bytes) : answer.elements.map(replyOf)
}

function decoded(bytes: Uint8Array): Reply {
  let reply: Reply = null
  new ReplyDecoder({
    onReply: (found) => {
      reply = found
    },
  }).write(bytes)
  return reply
}
