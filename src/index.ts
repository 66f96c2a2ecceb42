/**
 * The front door: re-exports only.
 */
export type { Accounts, StaysOn } from './admin/accounts.ts'
export type { Admin } from './admin/admin.ts'
export type { Audit } from './admin/audit.ts'
export type { Members } from './admin/members.ts'
export type { IfRevision, IssuedToken, Tokens } from './admin/tokens.ts'
export type { Users } from './admin/users.ts'
export {
  type Bailiwick,
  type BailiwickOptions,
  createBailiwick,
  type From,
  type SelfService,
} from './bailiwick.ts'
export type { Catalog, Shape } from './core/catalog.ts'
export type {
  CatalogDefinition,
  CatalogShape,
  GroupDefinition,
  PermissionDefinition,
  PermissionName,
  ResourceDefinition,
  ResourceFor,
  RoleDefinition,
} from './core/catalog-types.ts'
export { type Allow, DENY_REASONS, type Decision, type Denial, type DenyReason } from './core/decision.ts'
export { defineCatalog } from './core/define.ts'
export type { Explanation } from './core/explain.ts'
export {
  type Account,
  type Condition,
  type CredentialFacts,
  type Effect,
  type IpCondition,
  MAX_STANDINGS,
  type Member,
  type MemberKey,
  type Owner,
  type Policy,
  type PrincipalFacts,
  type Scope,
  type Secrets,
  type StandingFacts,
  type Token,
  type TokenRules,
  type User,
} from './core/facts.ts'
export { type Names, nameBuilders } from './core/names.ts'
export { type Pair, parseName, printName } from './core/resource.ts'
export type { PolicyTrace } from './core/trace.ts'
export { scannerPattern } from './credential/format.ts'
export type { RandomBytes } from './credential/mint.ts'
export type { Access, Principal, Question } from './engine/access.ts'
export type { ClientAddress } from './engine/authenticate.ts'
export type { AccountReport, SelfReport } from './engine/self.ts'
export {
  AccessStaleError,
  type BailiwickError,
  type BailiwickErrorCode,
  CatalogError,
  ConflictError,
  type ConflictKind,
  DeniedError,
  DriverMissingError,
  InputError,
  type InputIssue,
  isBailiwickError,
  MisuseError,
  NotFoundError,
  StorageUnavailableError,
  StorageVersionError,
  StoredFactError,
} from './errors.ts'
export type { AccountInput } from './schema/account.ts'
export type { ConditionInput, IpConditionInput, TimeInput } from './schema/condition.ts'
export type { MemberRef } from './schema/ids.ts'
export type { Limits } from './schema/limits.ts'
export type { MemberChanges, MemberInput } from './schema/member.ts'
export type { Freshness } from './schema/options.ts'
export type { Actor, Origin } from './schema/origin.ts'
export type { PageInput } from './schema/page.ts'
export type { PolicyInput } from './schema/policy.ts'
export type { RollOptions, TokenChanges, TokenInput } from './schema/token.ts'
export type {
  AuditEntry,
  Change,
  Page,
  PageRequest,
  Storage,
  StorageDirectory,
  StorageReader,
  StorageWriter,
  Write,
} from './storage/port.ts'
