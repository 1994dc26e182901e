import { describe, expect, it } from 'vitest'
import { markdownTable } from './markdown-table.js'

describe('markdownTable', () => {
  it('pads columns to their widest cell, the first to the left and the others to the right', () => {
    expect(
      markdownTable(
        ['cache', 'hit'],
        [
          ['Map', '3.51'],
          ['lru-cache', '1'],
        ],
      ),
    ).toBe(['| cache     |  hit |', '| --------- | ---: |', '| Map       | 3.51 |', '| lru-cache |    1 |'].join('\n'))
  })

  it('escapes bars, counts characters, and aligns as it is told', () => {
    expect(markdownTable(['a|b', '顧客'], [['–', '😀']], ['right', 'left'])).toBe(
      ['| a\\|b | 顧客   |', '| ---: | ---- |', '|    – | 😀    |'].join('\n'),
    )
  })
})
