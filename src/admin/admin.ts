/**
 * What an administrator may do, without HTTP: one object per noun over one way of writing.
 */
import type { CatalogShape } from '../core/catalog-types.ts'
import { type Accounts, createAccounts } from './accounts.ts'
import { type Audit, createAudit } from './audit.ts'
import type { AdminDeps } from './deps.ts'
import { guarded } from './guarded.ts'
import { createMembers, type Members } from './members.ts'
import { createTokens, type Tokens } from './tokens.ts'
import { createUsers, type Users } from './users.ts'
import { createWriter } from './write.ts'

export interface Admin<S extends CatalogShape = CatalogShape> {
  readonly users: Users
  readonly accounts: Accounts
  readonly members: Members<S>
  readonly tokens: Tokens<S>
  readonly audit: Audit
}

export function createAdmin<S extends CatalogShape>(given: AdminDeps<S>): Admin<S> {
  const deps = { ...given, storage: guarded(given.storage) }
  const write = createWriter(deps)
  return Object.freeze({
    users: createUsers(deps, write),
    accounts: createAccounts(deps, write),
    members: createMembers(deps, write),
    tokens: createTokens(deps, write),
    audit: createAudit(deps.storage),
  })
}
