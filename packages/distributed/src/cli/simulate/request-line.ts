/** What a line of a trace says: a key, or columns of which one is the key and one may be a weight. */
import { CacheConfigError } from '@mtaio/exceptions'
import type { RequestsBuilder } from '@mtaio/policies/simulator'

/** How the lines of a trace are laid out. */
export interface LineFormat {
  /** A column by number, from 1 on, or by what the first line calls it. */
  readonly keyColumn?: string | undefined
  readonly weightColumn?: string | undefined
  /** One ASCII character; a comma where a column is named and this is not. */
  readonly delimiter?: string | undefined
}

/** Reads one line, `bytes[from … to)`. @throws Error saying what is wrong with it */
export type LineReader = (bytes: Uint8Array, from: number, to: number, into: RequestsBuilder) => void

const QUOTE = 0x22

/**
 * Without a column or a delimiter the whole line is the key; else lines are columns, quoted as in RFC 4180 where need be,
 * but never across lines.
 *
 * @throws CacheConfigError on a delimiter that is none, or a column 0
 */
export function lineReader({ keyColumn, weightColumn, delimiter }: LineFormat): LineReader {
  if (keyColumn === undefined && weightColumn === undefined && delimiter === undefined) return readKey
  const columns = new Columns(delimiterOf(delimiter ?? ','))
  const key = new ColumnChoice('--key-column', keyColumn ?? '1')
  const weight = weightColumn === undefined ? undefined : new ColumnChoice('--size-of-entries', weightColumn)
  let isHead = key.isNamed || weight?.isNamed === true
  return (bytes, from, to, into) => {
    columns.split(bytes, from, to)
    if (isHead) {
      key.find(columns)
      weight?.find(columns)
      isHead = false
      return
    }
    const at = key.in(columns)
    if (columns.isEmpty(at)) throw new Error(`column ${at + 1}, the key, is empty`)
    const weighs = weight === undefined ? undefined : weightIn(columns, weight.in(columns))
    columns.addTo(into, at, weighs)
  }
}

const readKey: LineReader = (bytes, from, to, into) => into.addBytes(bytes, from, to)

/** A column that somebody asked for. */
class ColumnChoice {
  readonly isNamed: boolean
  private index: number

  constructor(
    private readonly flag: string,
    private readonly wanted: string,
  ) {
    this.isNamed = !/^\d+$/.test(wanted)
    this.index = this.isNamed ? -1 : Number(wanted) - 1
    if (!this.isNamed && this.index < 0) throw new CacheConfigError(`${flag} counts from 1`)
  }

  find(head: Columns): void {
    if (!this.isNamed) return
    const names = Array.from({ length: head.count }, (_, at) => head.text(at).trim())
    this.index = names.indexOf(this.wanted)
    if (this.index >= 0) return
    throw new Error(`${this.flag} '${this.wanted}' is none of its columns: ${names.join(', ').slice(0, 200)}`)
  }

  in(line: Columns): number {
    if (this.index < line.count) return this.index
    const has = line.count === 1 ? 'one column' : `${line.count} columns`
    throw new Error(`it has ${has}, but ${this.flag} is column ${this.index + 1}; does --delimiter fit?`)
  }
}

/** Where the columns of the last line lie that was split. */
class Columns {
  count = 0
  private bytes: Uint8Array = new Uint8Array(0)
  private readonly starts: number[] = []
  private readonly ends: number[] = []

  constructor(private readonly delimiter: number) {}

  split(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes
    this.count = 0
    let at = from
    for (;;) {
      const end = at < to && bytes[at] === QUOTE ? this.addQuoted(at, to) : this.addPlain(at, to)
      if (end >= to) return
      at = end + 1
    }
  }

  isEmpty(column: number): boolean {
    return this.starts[column]! >= this.ends[column]!
  }

  text(column: number): string {
    return new TextDecoder().decode(this.bytes.subarray(this.starts[column]!, this.ends[column]!)).replaceAll('""', '"')
  }

  addTo(into: RequestsBuilder, column: number, weight: number | undefined): void {
    into.addBytes(this.bytes, this.starts[column]!, this.ends[column]!, weight)
  }

  private addPlain(from: number, to: number): number {
    let end = from
    while (end < to && this.bytes[end] !== this.delimiter) end++
    this.push(from, end)
    return end
  }

  /** A doubled quote stays doubled: keys are told apart all the same. */
  private addQuoted(from: number, to: number): number {
    let end = from + 1
    for (;;) {
      while (end < to && this.bytes[end] !== QUOTE) end++
      if (end === to) throw new Error(`a quote is opened in column ${this.count + 1} and not closed`)
      if (end + 1 === to || this.bytes[end + 1] !== QUOTE) break
      end += 2
    }
    this.push(from + 1, end)
    if (end + 1 === to || this.bytes[end + 1] === this.delimiter) return end + 1
    throw new Error(`column ${this.count} goes on after its closing quote`)
  }

  private push(from: number, to: number): void {
    this.starts[this.count] = from
    this.ends[this.count] = to
    this.count++
  }
}

function weightIn(columns: Columns, at: number): number {
  const text = columns.text(at).trim()
  const weight = text === '' ? Number.NaN : Number(text)
  if (weight >= 0 && weight < Number.POSITIVE_INFINITY) return weight
  throw new Error(
    `column ${at + 1}, the size of the entry, is '${text.slice(0, 40)}', no number from 0 up; ` +
      'where the first line has the names of the columns, choose them by name',
  )
}

function delimiterOf(text: string): number {
  const meant = text === '\\t' || text === 'tab' ? '\t' : text
  if (meant.length === 1 && meant !== '"' && meant.charCodeAt(0) < 0x80) return meant.charCodeAt(0)
  throw new CacheConfigError(`--delimiter must be one ASCII character, or '\\t', not '${text.slice(0, 40)}'`)
}
