/** A credential in its parts, as text: what the package itself never holds of one. */
import {
  ID_LENGTH,
  idIn,
  PARTS_LENGTH,
  type Prefixes,
  readCredential,
  type TokenKind,
} from '../../src/credential/format.ts'

export interface ParsedCredential {
  readonly kind: TokenKind
  readonly id: string
  readonly secret: string
}

export function parseCredential(value: string, prefixes: Prefixes): ParsedCredential | null {
  const parts = new Uint8Array(PARTS_LENGTH)
  const kind = readCredential(value, prefixes, parts)
  if (kind === null) return null
  return { kind, id: idIn(value), secret: Buffer.from(parts.subarray(ID_LENGTH + 1)).toString('latin1') }
}
