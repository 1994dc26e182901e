import { describe, expect, it } from 'vitest'
import { barChart, COLOURS, type Panel } from './bar-chart.js'

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

const panel = (title: string, values: number[]): Panel => ({
  title,
  bars: values.map((value, index) => ({ label: `cache ${index}`, value, text: `${value}×`, emphasis: 'other' })),
})

describe('barChart', () => {
  it('keeps its colours apart from a white page and from a dark one: 4.0 for text, 3.0 for shapes', () => {
    for (const [name, colour] of Object.entries(COLOURS)) {
      const least = name === 'text' ? 4 : 3
      for (const page of ['#ffffff', '#0d1117'])
        expect(contrast(colour, page), `${name} on ${page}`).toBeGreaterThan(least)
    }
  })

  it('draws bars in proportion, in each panel by its own largest', () => {
    const svg = barChart({ title: 'x', notes: [], baseline: 1, panels: [panel('a', [4, 2, 1]), panel('b', [0.5])] })
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map((match) => Number(match[1]))
    expect(widths).toHaveLength(4)
    expect(widths[1]! / widths[0]!).toBeCloseTo(0.5, 2)
    expect(widths[2]! / widths[0]!).toBeCloseTo(0.25, 2)
    // The baseline is within every panel, so a panel whose bars are all shorter than it is scaled to it.
    expect(widths[3]! / widths[0]!).toBeCloseTo(0.5, 2)
  })

  it('labels every bar and panel, and escapes what it is given', () => {
    const svg = barChart({ title: 'a < b & "c"', notes: ['one', 'two'], baseline: 1, panels: [panel('hit', [1])] })
    for (const shown of ['a &lt; b &amp; &quot;c&quot;', '>one<', '>two<', '>hit<', '>cache 0<', '>1×<']) {
      expect(svg).toContain(shown)
    }
    expect(svg).not.toContain('"c"<')
  })

  it('stays within its height and width, whatever the number of panels', () => {
    for (const count of [1, 2, 7]) {
      const panels = Array.from({ length: count }, (_, index) => panel(`p${index}`, [1, 2, 3]))
      const svg = barChart({ title: 'x', notes: ['n'], baseline: 1, panels })
      const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.map(Number)
      for (const [, x, y] of svg.matchAll(/<(?:text|rect) x="([\d.]+)" y="([\d.]+)"/g)) {
        expect(Number(x)).toBeLessThan(width!)
        expect(Number(y)).toBeLessThan(height!)
      }
    }
  })
})
