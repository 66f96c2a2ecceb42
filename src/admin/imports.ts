/**
 * Imports: tokens for keys that were issued before the host adopted bailiwick, known by their digest.
 */
import type { CatalogShape } from '../core/catalog-types.ts'
import { mintId } from '../credential/mint.ts'
import { ConflictError } from '../errors.ts'
import { type ImportInput, parseImport } from '../schema/imported.ts'
import type { Origin } from '../schema/origin.ts'
import type { AdminDeps } from './deps.ts'
import { type AddedToken, addToken } from './token-new.ts'
import type { Writer } from './write.ts'

export interface Imports<S extends CatalogShape = CatalogShape> {
  /**
   * Creates a token for a key that its holder already has, by the digest that another system kept of it: like `create`, but no secret is made. The next
   * roll gives it a bailiwick credential; until then, and during that roll's overlap, the old key works.
   *
   * Refuses what `create` refuses, a digest whose scheme or key `importedKeys` doesn't accept, and a digest that a token has already (`exists`). The same
   * key by a digest of another scheme isn't recognised and becomes another token. The lifetime that an account's rules allow is counted from now, since
   * nobody knows when the key was made. Never sees the key, and can't tell whether it is hard to guess: whoever guesses it has the token.
   *
   * @example
   * ```ts
   * const { token } = await bw.tokens.import({
   *   owner: { user: 'u_1' },
   *   name: 'deploy key of 2024',
   *   policies: [{ effect: 'allow', permissionGroups: ['cache-purge'], resources: ['account:acme/zone:z1'] }],
   *   digest: { scheme: 'sha256-hex', value: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' },
   * })
   * ```
   */
  import(input: ImportInput<S>, origin?: Origin): Promise<AddedToken>
}

export function createImports<S extends CatalogShape>(deps: AdminDeps<S>, write: Writer): Imports<S> {
  const { storage, random, peppers, importedKeys } = deps
  return {
    async import(input, origin) {
      const { terms, digest } = parseImport(input, deps, importedKeys.read)
      // Storage refuses the same stored form twice; the same key may be there under another pepper.
      const [known] = await storage.tokensByDigest(peppers.formsOf(digest))
      if (known !== undefined) throw new ConflictError('exists', `the key is that of token \`${known}\` already`)
      return addToken(
        deps,
        write,
        { id: mintId(random), terms, digest: peppers.seal(digest), action: 'token.import' },
        origin,
      )
    },
  }
}
