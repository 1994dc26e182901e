import { CacheSerializationError } from '@mtaio/exceptions'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ElementReader } from './element-reader.js'
import { encodeCommand, encodeReply } from './encode.js'
import { PART_BYTES } from './limits.js'
import { type Reply, ReplyError } from './reply.js'
import { ReplyDecoder } from './reply-decoder.js'
import { RequestDecoder } from './request-decoder.js'

const bytes = (text: string) => new TextEncoder().encode(text)

/** The same bytes, cut where the numbers say. */
function cut(stream: Uint8Array, at: readonly number[]): Uint8Array[] {
  const cuts = [...new Set(at.map((number) => number % (stream.length + 1)))].sort((a, b) => a - b)
  const pieces: Uint8Array[] = []
  let from = 0
  for (const to of [...cuts, stream.length]) {
    pieces.push(stream.subarray(from, to))
    from = to
  }
  return pieces
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

function decodeReplies(pieces: readonly Uint8Array[], limits = {}): Reply[] {
  const replies: Reply[] = []
  const decoder = new ReplyDecoder({ onReply: (reply) => replies.push(reply), limits })
  for (const piece of pieces) decoder.write(piece)
  return replies
}

function decodeCommands(pieces: readonly Uint8Array[], limits = {}): Uint8Array[][] {
  const commands: Uint8Array[][] = []
  const decoder = new RequestDecoder({ onCommand: (parts) => commands.push(parts), limits })
  for (const piece of pieces) decoder.write(piece)
  return commands
}

const line = fc.string({ maxLength: 20 }).filter((text) => !/[\r\n]/.test(text))
const bulk = fc.uint8Array({ maxLength: 200 })
const scalar: fc.Arbitrary<Reply> = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.boolean(),
  fc
    .double({ noNaN: true, noDefaultInfinity: false })
    .filter((value) => !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value))),
  fc.bigInt({ min: 2n ** 60n, max: 2n ** 80n }),
  line,
  bulk,
  line.map((text) => new ReplyError(text)),
)
const reply = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('reply'), { maxLength: 4 }),
    fc.array(fc.tuple(line, tie('reply')), { maxLength: 4 }).map((pairs) => new Map<Reply, Reply>(pairs)),
  ),
})).reply

describe('ReplyDecoder', () => {
  it('reads what was encoded in RESP3, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 5 }), fc.array(fc.nat(5000), { maxLength: 12 }), (replies, at) => {
        const stream = joined(replies.map((each) => encodeReply(each, 3)))
        expect(decodeReplies(cut(stream, at), { maxDepth: 50 })).toEqual(replies)
      }),
    )
  })

  it('does not read what lies behind the end, of a chunk before', () => {
    const part = fc.tuple(reply, fc.uint8Array({ maxLength: 40 }))
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), fc.nat(5000), (parts, at) => {
        const stream = joined(parts.map(([each]) => encodeReply(each, 3)))
        const replies: Reply[] = []
        const decoder = new ReplyDecoder({ onReply: (each) => replies.push(each), limits: { maxDepth: 50 } })
        for (const piece of cut(stream, [at])) {
          decoder.write(joined([piece, parts[0]?.[1] ?? bytes('$3\r\nabc\r\n')]), piece.length)
        }
        expect(replies).toEqual(parts.map(([each]) => each))
      }),
    )
  })

  it('reads the same from single bytes as from the whole', () => {
    const stream = bytes(
      '*3\r\n$5\r\nhello\r\n:12\r\n*-1\r\n$-1\r\n+OK\r\n-ERR no\r\n%1\r\n+a\r\n#t\r\n,1.5e3\r\n(123456789012345678901\r\n=7\r\ntxt:abc\r\n',
    )
    const whole = decodeReplies([stream])
    expect(decodeReplies([...stream].map((byte) => Uint8Array.of(byte)))).toEqual(whole)
    expect(whole).toEqual([
      [bytes('hello'), 12, null],
      null,
      'OK',
      new ReplyError('ERR no'),
      new Map([['a', true]]),
      1500,
      123456789012345678901n,
      bytes('abc'),
    ])
  })

  it('hands pushes over apart, and passes over attributes', () => {
    const pushes: Reply[][] = []
    const replies: Reply[] = []
    const decoder = new ReplyDecoder({ onReply: (reply) => replies.push(reply), onPush: (push) => pushes.push(push) })
    decoder.write(bytes('>2\r\n+invalidate\r\n*1\r\n+key\r\n|1\r\n+ttl\r\n:3\r\n+OK\r\n'))
    expect(pushes).toEqual([['invalidate', ['key']]])
    expect(replies).toEqual(['OK'])
  })

  it('refuses at once what is no reply, or over a limit', () => {
    for (const [garbage, limits] of [
      ['HTTP/1.1 400 Bad Request\r\n'],
      ['\x00\x01\x02\n'],
      [':12a\r\n'],
      ['$-2\r\n'],
      ['$3\r\nabcde'],
      ['#x\r\n'],
      [',abc\r\n'],
      ['(1.5\r\n'],
      ['_x\r\n'],
      ['*1\r\n>1\r\n+a\r\n'],
      ['=3\r\nabc\r\n'],
      ['$101\r\n', { maxBulkBytes: 100 }],
      ['*11\r\n', { maxElements: 10 }],
      ['%99999999999\r\n'],
      ['*1\r\n*1\r\n*1\r\n', { maxDepth: 2 }],
      [`+${'x'.repeat(200)}`, { maxLineBytes: 100 }],
    ] as [string, object?][]) {
      expect(() => decodeReplies([bytes(garbage)], limits), garbage).toThrow(CacheSerializationError)
    }
  })

  it('keeps no more than has come of a string that was announced as huge', () => {
    const decoder = new ReplyDecoder({ onReply: () => {}, limits: { maxBulkBytes: 2 ** 40 } })
    const before = process.memoryUsage().arrayBuffers
    decoder.write(bytes(`$${2 ** 39}\r\n`))
    decoder.write(new Uint8Array(1000))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24)
  })

  it('copies strings out, so that a small value does not keep a large chunk', () => {
    const [value] = decodeReplies([bytes(`$3\r\nabc\r\n+${'x'.repeat(10_000)}\r\n`)])
    expect((value as Uint8Array).buffer.byteLength).toBeLessThan(100)
  })

  it('ends on any bytes whatever, with replies or an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (garbage) => {
        try {
          decodeReplies([garbage])
        } catch (error) {
          expect(error).toBeInstanceOf(CacheSerializationError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('ReplyDecoder whose arrays are read where they lie', () => {
  type Told = Reply[] | 'read' | { readonly reply: Reply }

  /** Everything that is told, the chunks being written into one buffer, over one another. */
  function told(stream: Uint8Array, at: readonly number[], isRead: (array: number) => boolean): Told[] {
    const all: Told[] = []
    let array = 0
    let wanted = 0
    const elements: ElementReader = {
      begin: (count) => {
        wanted = count
        all.push([])
      },
      more: () => expect((all.at(-1) as Reply[]).length).toBeLessThan(wanted),
      read: (chunk, start, end) => (all.at(-1) as Reply[]).push(chunk.slice(start, end)),
      readOther: (reply) => (all.at(-1) as Reply[]).push(reply),
    }
    const decoder = new ReplyDecoder({
      onReply: (reply) => all.push({ reply }),
      readerOf: () => (isRead(array++) ? elements : undefined),
      onRead: () => all.push('read'),
      limits: { maxDepth: 50 },
    })
    const buffer = new Uint8Array(stream.length)
    for (const piece of cut(stream, at)) {
      buffer.fill(0x21)
      buffer.set(piece)
      decoder.write(buffer, piece.length)
    }
    return all
  }

  it('law: tells the same elements and replies as if it had copied them, however the stream is cut', () => {
    const array = fc.array(fc.oneof({ weight: 4, arbitrary: fc.oneof(bulk, fc.constant(null)) }, reply), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(
        fc.array(fc.oneof(reply, array), { maxLength: 6 }),
        fc.array(fc.nat(3000), { maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        (replies, at, read) => {
          const stream = joined(replies.map((each) => encodeReply(each, 3)))
          let arrays = 0
          const expected = replies.flatMap((each): Told[] => {
            const isRead = Array.isArray(each) && each.length > 0 && read[arrays++]!
            return isRead ? [each, 'read'] : [{ reply: each }]
          })
          expect(told(stream, at, (nth) => read[nth]!)).toEqual(expected)
        },
      ),
    )
  })

  it('keeps its bounds, and takes no push in the midst of them', () => {
    const elements: ElementReader = { begin() {}, more() {}, read() {}, readOther() {} }
    const options = { onReply: () => {}, readerOf: () => elements, limits: { maxElements: 3, maxBulkBytes: 10 } }
    for (const garbage of ['*4\r\n', '*1\r\n$11\r\n', '*2\r\n$1\r\na\r\n>1\r\n+x\r\n', '*1\r\n$1\r\nabc\r\n']) {
      expect(() => new ReplyDecoder(options).write(bytes(garbage)), garbage).toThrow(CacheSerializationError)
    }
  })
})

describe('RequestDecoder', () => {
  it('reads what was encoded, however the stream is cut', () => {
    const command = fc.array(fc.oneof(bulk, fc.string()), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.array(command, { maxLength: 5 }), fc.array(fc.nat(5000), { maxLength: 12 }), (commands, at) => {
        const stream = joined(commands.map(encodeCommand))
        const expected = commands.map((parts) => parts.map((part) => (typeof part === 'string' ? bytes(part) : part)))
        expect(decodeCommands(cut(stream, at)).map((parts) => parts.map((part) => Uint8Array.from(part)))).toEqual(
          expected,
        )
      }),
    )
  })

  it('reads inline commands with quotes and escapes, and passes over empty lines and counts', () => {
    const read = decodeCommands([
      bytes("\r\nPING\r\n  SET a \"b c\\n\\x41\" 'd\\'e' \r\n*0\r\n*-1\r\n*1\r\n$4\r\nQUIT\r\n"),
    ])
    expect(read.map((parts) => parts.map((part) => new TextDecoder().decode(part)))).toEqual([
      ['PING'],
      ['SET', 'a', 'b c\nA', "d'e"],
      ['QUIT'],
    ])
  })

  it("refuses what is no command with Redis's words", () => {
    for (const [garbage, message, limits] of [
      ['*abc\r\n', 'Protocol error: invalid multibulk length'],
      ['*1\r\n+x\r\n', "Protocol error: expected '$', got '+'"],
      ['*1\r\n$-1\r\n', 'Protocol error: invalid bulk length'],
      ['*1\r\n$1000\r\n', 'Protocol error: invalid bulk length', { maxBulkBytes: 10 }],
      ['SET "a\r\n', 'Protocol error: unbalanced quotes in request'],
      ['*2\r\n$300\r\n', 'Protocol error: too big request', { maxRequestBytes: 499 }],
      [`*2\r\n$50\r\n${'x'.repeat(50)}\r\n$50\r\n`, 'Protocol error: too big request', { maxRequestBytes: 499 }],
      ['x'.repeat(200), 'Protocol error: too big inline request', { maxLineBytes: 100 }],
    ] as [string, string, object?][]) {
      expect(() => decodeCommands([bytes(garbage)], limits)).toThrow(message)
    }
  })
  it('counts what it holds of a request under way, a cut anywhere, and nothing between requests', () => {
    const parts = [bytes('SET'), bytes('k'), new Uint8Array(1000)]
    const stream = encodeCommand(parts)
    for (let at = 1; at < stream.length; at++) {
      const decoder = new RequestDecoder({ onCommand: () => {} })
      decoder.write(stream.subarray(0, at))
      expect(decoder.held).toBeGreaterThanOrEqual(0)
      // At least what has come of the value; at most that, its header line and three parts.
      const come = Math.max(0, Math.min(1000, at - (stream.length - 1002)))
      expect(decoder.held).toBeGreaterThanOrEqual(come)
      expect(decoder.held).toBeLessThanOrEqual(2 * come + 3 * PART_BYTES + 40)
      decoder.write(stream.subarray(at))
      expect(decoder.held).toBe(0)
    }
  })

  it('takes a request up to its bound, arguments together, and none beyond', () => {
    const limits = { maxRequestBytes: 3 * PART_BYTES + 100 }
    const fitting = encodeCommand(['SET', 'k', 'v'.repeat(96)])
    const beyond = encodeCommand(['SET', 'k', 'v'.repeat(97)])
    for (const at of [1, 5, 20, 30, 60]) {
      expect(decodeCommands([fitting.subarray(0, at), fitting.subarray(at)], limits)).toHaveLength(1)
      expect(() => decodeCommands([beyond.subarray(0, at), beyond.subarray(at)], limits)).toThrow(/too big request/)
    }
    expect(() => decodeCommands([bytes(`*4\r\n${'$0\r\n\r\n'.repeat(3)}$0\r\n`)], { maxRequestBytes: 799 })).toThrow(
      /too big request/,
    )
  })

  it("lets strangers send what a login takes, and refuses more in Redis's words", () => {
    const read: number[] = []
    const stranger = () => {
      const decoder = new RequestDecoder({ onCommand: (parts) => read.push(parts.length) })
      decoder.isStranger = true
      return decoder
    }
    stranger().write(encodeCommand([...'123456789'.split(''), 'x'.repeat(16_384)]))
    expect(read).toEqual([10])
    expect(() => stranger().write(bytes('*11\r\n'))).toThrow('Protocol error: unauthenticated multibulk length')
    expect(() => stranger().write(bytes('*2\r\n$4\r\nAUTH\r\n$16385\r\n'))).toThrow(
      'Protocol error: unauthenticated bulk length',
    )
  })
})
