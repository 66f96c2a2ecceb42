/**
 * Writes the characters of a sheet: numbers of two or three of them, and texts that their length stands before.
 */
import { textOf } from './bits.ts'

/** Longer paper isn't kept for the next one. */
const MOST_KEPT = 1_048_576

/** One for all sheets, since each is written in one go. It grows with the longest. */
let paper: number[] = []

export class Pen {
  readonly width: 2 | 3
  /** How many characters are written. */
  length = 0
  #fits = true

  constructor(width: 2 | 3) {
    this.width = width
  }

  byte(byte: number): void {
    paper[this.length++] = byte
  }

  number(number: number): void {
    if (number >= 256 ** this.width) this.#fits = false
    if (this.width === 3) this.byte((number >>> 16) & 0xff)
    this.byte((number >>> 8) & 0xff)
    this.byte(number & 0xff)
  }

  /** A text, or what of it stands from `start` to `end`. */
  text(text: string, start = 0, end = text.length): void {
    this.number(end - start)
    let at = this.length
    for (let i = start; i < end; i++) paper[at++] = text.charCodeAt(i)
    this.length = at
  }

  /** Has the number that was written there say where the next character will stand. */
  pointHere(at: number): void {
    const { length } = this
    this.length = at
    this.number(length)
    this.length = length
  }

  /** What was written; `null` where a number was too large for its width. */
  finish(): string | null {
    const fits = this.#fits && this.length < 256 ** this.width
    const text = fits ? textOf(paper, this.length) : null
    if (paper.length > MOST_KEPT) paper = []
    return text
  }
}
