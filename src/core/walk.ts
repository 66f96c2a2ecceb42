/**
 * Reads the resource of a request: one pass over the text that checks it and notes where its pairs lie and what they hash to.
 *
 * A walk is a scratch pad. `decide` owns one and fills it anew for each request, so that a decision allocates nothing.
 */
import type { Permission, ResourceType, TypePath } from './catalog.ts'
import { EMPTY, hashStep, PATH, pathStep } from './hash.ts'
import { decodeId, MAX_DEPTH, MAX_ID_BYTES, MAX_NAME_LENGTH, standsAt } from './resource.ts'
import { depthOf, isPlain, pathHash, prefixLength, type Shape } from './shape.ts'

/** Instead of where a pair ends, and of where a prefix does. */
const MALFORMED = -1
const NOWHERE = -1
const SLASH = 0x2f
const PERCENT = 0x25

/** 1 for the characters an id holds as they are. */
const PLAIN = new Uint8Array(128)
for (const c of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~@=+,-') PLAIN[c.charCodeAt(0)] = 1

export class Walk {
  text = ''
  /** How many pairs the name has. */
  depth = 0
  /** The type of its last pair. */
  type: ResourceType | null = null
  /** Per pair: where it starts, where its id does, where it ends, the hash of its text. */
  readonly starts = new Int32Array(MAX_DEPTH)
  readonly ids = new Int32Array(MAX_DEPTH)
  readonly ends = new Int32Array(MAX_DEPTH)
  readonly hashes = new Int32Array(MAX_DEPTH)
  /** Per pair: the index of its type, and the hash that stands for any id of it. */
  readonly types = new Int32Array(MAX_DEPTH)
  readonly typeHashes = new Int32Array(MAX_DEPTH)
  /** Per pair: the hash of the path beneath the root that it ends. */
  readonly #paths = new Int32Array(MAX_DEPTH)
  /** The prefix that was hashed last: where it ends, and its hash. A longer one of the same pair goes on from there. */
  #prefixEnd = NOWHERE
  #prefixHash = 0

  /** Whether `text` is the canonical name of a resource this permission is on. Only then the other fields are meaningful. */
  read({ paths: roots }: Pick<Permission, 'paths'>, text: string): boolean {
    if (typeof text !== 'string' || text.length > MAX_NAME_LENGTH) return false
    this.text = text
    this.depth = 0
    this.#prefixEnd = NOWHERE
    let paths = roots
    let at = 0
    while (true) {
      const path = pathAt(paths, text, at)
      if (path === null) return false
      const end = this.#readPair(path.type, at)
      if (end === MALFORMED) return false
      if (end === text.length) {
        this.type = path.type
        return path.ends
      }
      paths = path.next
      at = end + 1
    }
  }

  /** The hash by which a selector of this shape is found that covers this name, or what lies above it. */
  hashFor(shape: Shape): number {
    const last = depthOf(shape) - 1
    if (isPlain(shape)) return this.#paths[last] ?? 0
    const length = prefixLength(shape)
    return pathHash(shape, this, length === 0 ? (this.hashes[last] ?? 0) : this.#hashPrefix(last, length))
  }

  /** The hash of so many characters of this pair, or of the whole where it has less. */
  #hashPrefix(place: number, length: number): number {
    const start = this.starts[place] ?? 0
    const end = Math.min(start + length, this.ends[place] ?? 0)
    if (this.#prefixEnd < start || this.#prefixEnd > end) {
      this.#prefixEnd = start
      this.#prefixHash = EMPTY
    }
    let hash = this.#prefixHash
    for (let at = this.#prefixEnd; at < end; at++) hash = hashStep(hash, this.text.charCodeAt(at))
    this.#prefixEnd = end
    this.#prefixHash = hash
    return hash
  }

  /** Whether the pair at this place is exactly this text. */
  pairIs(place: number, pair: string): boolean {
    const start = this.starts[place] ?? 0
    return (this.ends[place] ?? 0) - start === pair.length && standsAt(this.text, pair, start)
  }

  /** Checks and notes one pair that begins at `start` with its type's marker. Returns where it ends, or `MALFORMED`. */
  #readPair(type: ResourceType, start: number): number {
    const { text } = this
    const idStart = start + type.marker.length
    let hash = type.hash
    let plain = true
    let at = idStart
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === SLASH) break
      if (PLAIN[code] !== 1) {
        if (code !== PERCENT) return MALFORMED
        plain = false
      }
      hash = hashStep(hash, code)
    }
    if (at === idStart || (plain && at - idStart > MAX_ID_BYTES)) return MALFORMED
    if (!plain || type.id !== null) {
      const id = decodeId(text.slice(idStart, at))
      if (id === null || type.id?.test(id) === false) return MALFORMED
    }
    const place = this.depth++
    this.types[place] = type.index
    this.typeHashes[place] = type.hash
    this.starts[place] = start
    this.ids[place] = idStart
    this.ends[place] = at
    this.hashes[place] = hash
    this.#paths[place] = place === 0 ? PATH : pathStep(this.#paths[place - 1] ?? 0, hash)
    return at
  }
}

function pathAt(paths: readonly TypePath[], text: string, at: number): TypePath | null {
  for (let i = 0; i < paths.length; i++) {
    const path = paths[i]
    if (path !== undefined && standsAt(text, path.type.marker, at)) return path
  }
  return null
}
