/** A credential in its parts, as text: what the package itself never holds of one. */
import { ID_LENGTH, PARTS_LENGTH, type Prefixes, readCredential, type TokenKind } from '../../src/credential/format.ts'

export interface ParsedCredential {
  readonly kind: TokenKind
  readonly id: string
  readonly secret: string
}

export function parseCredential(value: string, prefixes: Prefixes): ParsedCredential | null {
  const parts = new Uint8Array(PARTS_LENGTH)
  const kind = readCredential(value, prefixes, parts)
  if (kind === null) return null
  const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
  return { kind, id: textOf(parts.subarray(0, ID_LENGTH)), secret: textOf(parts.subarray(ID_LENGTH + 1)) }
}
