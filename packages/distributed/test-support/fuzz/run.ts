/** The fuzzer: random commands and mutations of inputs that have shown something new, against a node without sockets. */
import { cut, Dice, mutated, randomCommands } from './grammar.js'
import { decoded, FuzzTarget } from './target.js'

const MAX_CORPUS = 4000
const SLOW_MS = 5000
/** Every so many inputs are decoded in pieces, too, and the short ones among them in every two pieces. */
const CUT_EVERY = 8
const MAX_INPUT = 2000
const EVERY_CUT_UP_TO = 24
const FRESH_EVERY = 50_000
/** What the heap may grow by once a tenth of the inputs is through: the corpus goes on growing to its bound. */
const MOST_GROWN = 16 * 2 ** 20

export interface FuzzOutcome {
  readonly inputs: number
  readonly commands: number
  /** Pairs of a command and a kind of reply, or ways to be refused, that were met. */
  readonly features: number
  /** By the clock, other processes of the machine among it. */
  readonly slowestMs: number
  /** What the heap grew by from a tenth of the way to the end, bytes; needs --expose-gc. */
  readonly grown: number
}

/** @throws Error naming the input, in hexadecimal, that something is wrong with; or what the heap has grown by */
export function fuzz(inputs: number, seed: number, progress: (done: number) => void = () => {}): FuzzOutcome {
  // Refusals are most of what is made, and nobody reads where they came from.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return run(inputs, seed, progress)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function run(inputs: number, seed: number, progress: (done: number) => void): FuzzOutcome {
  const dice = new Dice(seed)
  const corpus: Uint8Array[] = []
  const features = new Set<string>()
  let target = new FuzzTarget()
  let commands = 0
  let slowest = 0
  let heapAtTenth = 0
  for (let i = 0; i < inputs; i++) {
    if (i % FRESH_EVERY === 0) {
      target = new FuzzTarget()
      progress(i)
    }
    if (i === Math.floor(inputs / 10)) heapAtTenth = heap()
    const input = nextInput(dice, corpus)
    const pieces = i % CUT_EVERY === 0 ? cut(dice, input) : [input]
    const started = performance.now()
    try {
      const seen = target.feed(pieces)
      commands += seen.length
      let isNew = false
      for (const feature of seen) {
        if (features.has(feature)) continue
        features.add(feature)
        isNew = true
      }
      if (isNew && input.length <= MAX_INPUT)
        corpus[corpus.length < MAX_CORPUS ? corpus.length : dice.roll(MAX_CORPUS)] = input
      if (pieces.length > 1) checkCuts(input, pieces)
    } catch (cause) {
      throw new Error(`input ${i} of seed ${seed}: ${String(cause)}\n${Buffer.from(input).toString('hex')}`, { cause })
    }
    slowest = Math.max(slowest, performance.now() - started)
    if (slowest > SLOW_MS) throw new Error(`input ${i} of seed ${seed} took ${slowest} ms`)
    target.now += dice.roll(50)
    if (i % 64 === 0) target.engine.sweep(1000)
  }
  const grown = heap() - heapAtTenth
  if (grown > MOST_GROWN) throw new Error(`seed ${seed}: the heap has grown by ${grown} bytes`)
  return { inputs, commands, features: features.size, slowestMs: slowest, grown }
}

function nextInput(dice: Dice, corpus: readonly Uint8Array[]): Uint8Array {
  const kind = dice.roll(10)
  if (kind < 3 && corpus.length > 0) return mutated(dice, dice.pick(corpus))
  if (kind < 5 && corpus.length > 1) return Buffer.concat([dice.pick(corpus), dice.pick(corpus)])
  const stream = randomCommands(dice, 1 + dice.roll(6))
  return kind === 9 ? mutated(dice, stream) : stream
}

function checkCuts(input: Uint8Array, pieces: readonly Uint8Array[]): void {
  const whole = decoded([input])
  if (decoded(pieces) !== whole) throw new Error('cut into pieces, it is read as something else')
  if (decoded(pieces, true) !== decoded([input], true)) throw new Error("cut, a stranger's is read as something else")
  if (input.length > EVERY_CUT_UP_TO) return
  for (let at = 1; at < input.length; at++) {
    if (decoded([input.slice(0, at), input.slice(at)]) !== whole) throw new Error(`cut at ${at}, it is read otherwise`)
  }
}

function heap(): number {
  const { gc } = globalThis as { gc?: () => void }
  gc?.()
  return process.memoryUsage().heapUsed
}
