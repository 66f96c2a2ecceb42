/**
 * Writes the characters of a sheet: numbers of one character, offsets of two or three of them, and texts that their length stands before.
 */
import { textOf } from './bits.ts'

/** Longer paper isn't kept for the next one. */
const MOST_KEPT = 1_048_576

/** One for all sheets, since each is written in one go. It grows with the longest. */
let paper: number[] = []

export class Pen {
  /** How many characters an offset takes. */
  readonly width: 2 | 3
  /** How many characters are written. */
  length = 0
  /** What an offset must be less than. */
  readonly #most: number
  #fits = true

  constructor(width: 2 | 3) {
    this.width = width
    this.#most = 256 ** width
  }

  /** In one character. One above 255 makes every character of the sheet take two bytes; most sheets have none. */
  number(number: number): void {
    if (number > 0xffff) this.#fits = false
    paper[this.length++] = number
  }

  /** Where something stands in the sheet. */
  offset(offset: number): void {
    if (offset >= this.#most) this.#fits = false
    this.#bytes(offset, this.width)
  }

  /** A number of four characters. */
  long(number: number): void {
    this.#bytes(number, 4)
  }

  /** A text, and its length before it. */
  text(text: string): void {
    this.number(text.length)
    this.characters(text)
  }

  /** What of a text stands from `start` to `end`. */
  characters(text: string, start = 0, end = text.length): void {
    if (this.length + end - start >= this.#most) this.#fits = false
    if (!this.#fits) return // nobody will read it, and it may be much
    let at = this.length
    for (let i = start; i < end; i++) paper[at++] = text.charCodeAt(i)
    this.length = at
  }

  /** Has the offset that was written there say where the next character will stand. */
  pointHere(at: number): void {
    const { length } = this
    this.length = at
    this.offset(length)
    this.length = length
  }

  /** Has the number that was written there say how many characters were written after it. */
  countFrom(at: number): void {
    const { length } = this
    this.length = at
    this.number(length - at - 1)
    this.length = length
  }

  /** What was written; `null` where a number was too large for its width. */
  finish(): string | null {
    const fits = this.#fits && this.length < this.#most
    paper.length = this.length // what was written before, on longer paper
    const text = fits ? textOf(paper) : null
    if (paper.length > MOST_KEPT) paper = []
    return text
  }

  #bytes(number: number, count: number): void {
    for (let shift = 8 * (count - 1); shift >= 0; shift -= 8) paper[this.length++] = (number >>> shift) & 0xff
  }
}
