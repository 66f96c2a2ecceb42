/**
 * What an administrator may do, without HTTP: one object per noun over one way of writing.
 */
import type { CatalogShape } from '../core/catalog-types.ts'
import { type Accounts, createAccounts } from './accounts.ts'
import { type Audit, createAudit } from './audit.ts'
import type { AdminDeps } from './deps.ts'
import { guarded } from './guarded.ts'
import { createImports } from './imports.ts'
import { createLeaks } from './leaks.ts'
import { createMembers, type Members } from './members.ts'
import { createPepperRotation, type PepperRotation } from './peppers.ts'
import { createReminders } from './reminders.ts'
import { createReports, type Reports } from './reports.ts'
import { createResources, type Resources } from './resources.ts'
import { createTokens, type Tokens } from './tokens.ts'
import { createUsers, type Users } from './users.ts'
import { createWriter } from './write.ts'

export interface Admin<S extends CatalogShape = CatalogShape> {
  readonly users: Users
  readonly accounts: Accounts
  readonly members: Members<S>
  readonly tokens: Tokens<S>
  readonly audit: Audit
  readonly reports: Reports
  readonly resources: Resources
  readonly peppers: PepperRotation
}

export function createAdmin<S extends CatalogShape>(given: AdminDeps<S>): Admin<S> {
  const deps = { ...given, storage: guarded(given.storage) }
  const write = createWriter(deps)
  return Object.freeze({
    users: createUsers(deps, write),
    accounts: createAccounts(deps, write),
    members: createMembers(deps, write),
    tokens: Object.freeze({
      ...createTokens(deps, write),
      ...createImports(deps, write),
      ...createLeaks(deps, write),
      ...createReminders(deps),
    }),
    audit: createAudit(deps, write),
    reports: createReports(deps),
    resources: createResources(deps, write),
    peppers: createPepperRotation(deps),
  })
}
