/**
 * A process of its own that asks one server for a key, over and over, one request at a time, and tells how long answers
 * took: whoever loads the server meanwhile does not hold it up.
 */
import { connect } from 'node:net'

const [port] = process.argv.slice(2).map(Number)
const REQUEST = '*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000000\r\n'
/** Between two requests, ms: enough that the probe is no load. */
const APART = 0.5

const took: number[] = []
let asked = 0
let isOver = false
const socket = connect({ port: port!, host: '127.0.0.1', noDelay: true }, ask)
// Its server is ended without a word.
socket.on('error', () => {})
let rest = ''
socket.setEncoding('latin1').on('data', (chunk: string) => {
  rest += chunk
  if (!/^\$(-1\r\n|\d+\r\n[\s\S]*\r\n)$/.test(rest)) return
  rest = ''
  took.push(performance.now() - asked)
  if (isOver) return
  const next = performance.now() + APART
  const wait = () => (performance.now() < next ? setImmediate(wait) : ask())
  wait()
})

function ask(): void {
  asked = performance.now()
  socket.write(REQUEST)
}

process.on('message', (word) => {
  if (word === 'begin') {
    took.length = 0
    process.send?.('begun')
    return
  }
  isOver = true
  const sorted = took.sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  process.send?.({ answers: sorted.length, p50: at(0.5), p99: at(0.99), p999: at(0.999), max: sorted.at(-1) ?? 0 })
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
