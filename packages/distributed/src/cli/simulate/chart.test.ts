import { RequestsBuilder, requestsOf } from '@mtaio/policies/simulator'
import { describe, expect, it } from 'vitest'
import { COLOURS, chartOf } from './chart.js'
import { experiment } from './experiment.js'
import { parseSizes } from './sizes.js'

/** WCAG 2's relative luminance. */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light! + 0.05) / (dark! + 0.05)
}

const keys = Array.from({ length: 2000 }, (_, at) => `key ${(at * at) % 97}`)
const told = (trace: string, sizes = '1,5%,20,50%') =>
  experiment(trace, requestsOf(keys), ['lru', 'fifo', 'lfu'], parseSizes(sizes, false))

describe('chartOf', () => {
  it('keeps its colours apart from a light page and from a dark one', () => {
    for (const page of ['#ffffff', '#0d1117']) {
      expect(contrast(COLOURS.text, page)).toBeGreaterThan(4)
      for (const colour of [...COLOURS.lines, COLOURS.optimum, COLOURS.axis]) {
        expect(contrast(colour, page), `${colour} on ${page}`).toBeGreaterThan(3)
      }
    }
  })

  it('has a panel for each trace, and in it a labelled line with a point for each size', () => {
    const svg = chartOf([told('one <&>'), told('two')])
    expect(svg.match(/<g>/g)).toHaveLength(8)
    expect(svg.match(/<g><title>lfu<\/title>.*?<\/g>/s)![0].match(/transform/g)).toHaveLength(4)
    for (const label of ['one &lt;&amp;&gt;', 'two', 'lru', 'optimum', '20', 'capacity, entries (logarithmic)']) {
      expect(svg).toContain(`>${label}</text>`)
    }
    expect(svg).not.toContain('<&>')
  })

  it('says in words what it shows', () => {
    const svg = chartOf([told('one')])
    expect(svg).toContain('role="img" aria-labelledby="title desc"')
    expect(svg).toMatch(
      /<desc id="desc">one, hit ratio by capacity: lru: [\d.]+ % at 1, .* optimum: .* at 25\.<\/desc>/,
    )
  })

  it('stays within its height and width, and keeps labels from standing on one another', () => {
    for (const sizes of ['1', '1,2', '10%,1,50%,1000']) {
      const svg = chartOf([told('one', sizes), told('two', sizes)])
      const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.map(Number)
      expect(svg).not.toMatch(/NaN|Infinity|undefined/)
      for (const [, x, y] of svg.matchAll(/(?:<text x="|translate\()([\d.-]+)(?:" y="| )([\d.-]+)/g)) {
        expect(Number(x)).toBeGreaterThanOrEqual(0)
        expect(Number(x)).toBeLessThan(width!)
        expect(Number(y)).toBeGreaterThanOrEqual(0)
        expect(Number(y)).toBeLessThan(height!)
      }
      const first = svg.slice(0, svg.indexOf('>two<'))
      const labels = [...first.matchAll(/y="([\d.]+)"[^>]*>(?:lru|lfu|fifo|optimum)</g)].map(([, y]) => Number(y))
      expect(labels).toHaveLength(4)
      for (let at = 1; at < labels.length; at++) expect(labels[at]! - labels[at - 1]!).toBeGreaterThanOrEqual(14.9)
    }
  })

  it('calls an optimum of weighed entries approximate', () => {
    const builder = new RequestsBuilder()
    for (const key of keys) builder.add(key, key.length)
    const svg = chartOf([experiment('one', builder.build(), ['lru'], parseSizes('10%', true))])
    expect(svg).toContain('>optimum (approximate)</text>')
    expect(svg).toContain('>capacity, weight (logarithmic)</text>')
  })
})
