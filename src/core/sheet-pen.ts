/**
 * Writes the characters of a sheet: numbers of two or three of them, and texts that their length stands before.
 */

const MOST_ARGUMENTS = 4_096
const MOST_KEPT = 256 * MOST_ARGUMENTS

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
    for (let i = start; i < end; i++) this.byte(text.charCodeAt(i))
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
    const parts: string[] = []
    for (let start = 0; fits && start < this.length; start += MOST_ARGUMENTS)
      parts.push(String.fromCharCode(...paper.slice(start, Math.min(start + MOST_ARGUMENTS, this.length))))
    if (paper.length > MOST_KEPT) paper = []
    return fits ? parts.join('') : null
  }
}
