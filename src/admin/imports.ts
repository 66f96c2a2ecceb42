/**
 * Imports: tokens whose secret is a key that the host gave out before, known by its digest.
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
   * Creates a token for a key that its holder has already, by the digest another system kept of it: `create` with no secret made. The next roll
   * gives it a value of ours; until then, and through that roll's overlap, the old key works where a guard takes it from its header.
   *
   * Refuses what `create` refuses, digests whose scheme or key `importedKeys` doesn't accept, and a key that a token has already, by the same
   * scheme and key (`exists`). The same key by another digest can't be recognised: it becomes another token. The lifetime that an account's
   * rules allow is counted from now, since nobody knows when the key was made. Does not know the key, nor whether it is hard to guess: whoever
   * can guess it has the token.
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
      const { terms, plain } = parseImport(input, deps, importedKeys.read)
      // Storage refuses the same stored form twice; the same key may stand there under another pepper.
      const [known] = await storage.tokensByDigest(peppers.formsOf(plain))
      if (known !== undefined) throw new ConflictError('exists', `the key is that of token \`${known}\` already`)
      return addToken(
        deps,
        write,
        { id: mintId(random), terms, digest: peppers.seal(plain), action: 'token.import' },
        origin,
      )
    },
  }
}
