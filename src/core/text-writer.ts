/**
 * Builds a text of small numbers: one character for a number, two or three for an offset, and texts after their length.
 */
import { textOf } from './bits.ts'

/** A buffer that grew longer than this isn't kept for the next text. */
const MAX_KEPT = 1_048_576

/** Shared by all writers, since each text is written in one go. */
let buffer: number[] = []

export class TextWriter {
  /** How many characters an offset takes. */
  readonly width: 2 | 3
  /** How many characters are written. */
  length = 0
  /** Offsets, and the length of the whole, are below this. */
  readonly #limit: number
  #fits = true

  constructor(width: 2 | 3) {
    this.width = width
    this.#limit = 256 ** width
  }

  /** One character. A number above 255 makes V8 store every character of the text in two bytes; most texts have none. */
  number(number: number): void {
    if (number > 0xffff) this.#fits = false
    buffer[this.length++] = number
  }

  /** A place in the text that is being written. */
  offset(offset: number): void {
    if (offset >= this.#limit) this.#fits = false
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

  /** The characters of `text` from `start` to `end`. */
  characters(text: string, start = 0, end = text.length): void {
    if (this.length + end - start >= this.#limit) this.#fits = false
    if (!this.#fits) return // it is not going to be read, and may be long
    let at = this.length
    for (let i = start; i < end; i++) buffer[at++] = text.charCodeAt(i)
    this.length = at
  }

  /** Overwrites the offset at `at` with the place of the next character. */
  pointHere(at: number): void {
    const { length } = this
    this.length = at
    this.offset(length)
    this.length = length
  }

  /** Overwrites the number at `at` with how many characters follow it so far. */
  countFrom(at: number): void {
    const { length } = this
    this.length = at
    this.number(length - at - 1)
    this.length = length
  }

  /** The text; `null` where a number or an offset was too large for its width. */
  finish(): string | null {
    const fits = this.#fits && this.length < this.#limit
    buffer.length = this.length // an earlier text may have been longer
    const text = fits ? textOf(buffer) : null
    if (buffer.length > MAX_KEPT) buffer = []
    return text
  }

  #bytes(number: number, count: number): void {
    for (let shift = 8 * (count - 1); shift >= 0; shift -= 8) buffer[this.length++] = (number >>> shift) & 0xff
  }
}
