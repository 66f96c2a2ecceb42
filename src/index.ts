/**
 * The front door: re-exports only.
 */
export type { Accounts, RulePreview, StaysOn } from './admin/accounts.ts'
export type { AuditAction } from './admin/actions.ts'
export type { Admin } from './admin/admin.ts'
export type { Audit, AuditLog, Pruned } from './admin/audit.ts'
export type { Credential } from './admin/credentials.ts'
export type { ExpiringToken } from './admin/deps.ts'
export type { FoundSelector } from './admin/forgetting.ts'
export type { Imports } from './admin/imports.ts'
export type { LeakReport, Leaks } from './admin/leaks.ts'
export { type AuditLinesVerdict, verifyAuditLines } from './admin/lines.ts'
export type { MemberAccess, Members } from './admin/members.ts'
export type { PepperRotation } from './admin/peppers.ts'
export type { AuditFault, AuditVerdict } from './admin/proof.ts'
export type { Reminded, Reminders } from './admin/reminders.ts'
export type { OverBroad, Reports } from './admin/reports.ts'
export type { ForgetReport, LeftSelector, PolicyHolder, Resources } from './admin/resources.ts'
export type { BlockedIn } from './admin/rules.ts'
export type { UpdatedToken } from './admin/token-change.ts'
export type { AddedToken } from './admin/token-new.ts'
export type { CreatedToken, IfRevision, IssuedToken, Tokens, TokenTemplate } from './admin/tokens.ts'
export type { Users } from './admin/users.ts'
export {
  type Bailiwick,
  type BailiwickOptions,
  createBailiwick,
  type From,
  type SelfService,
} from './bailiwick.ts'
export type { BroadGrant } from './core/breadth.ts'
export type { Catalog, Shape, Template } from './core/catalog.ts'
export type {
  CatalogDefinition,
  CatalogShape,
  GroupDefinition,
  PermissionDefinition,
  PermissionName,
  ResourceDefinition,
  ResourceFor,
  RoleDefinition,
  SlotsOf,
  TemplateDefinition,
  TemplateName,
  TemplatePolicyDefinition,
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
  type Leak,
  MAX_STANDINGS,
  type Member,
  type MemberKey,
  type Owner,
  type OwnerKind,
  type Policy,
  type PrincipalFacts,
  type Scope,
  type Secrets,
  type StandingFacts,
  type Token,
  type TokenRules,
  type User,
} from './core/facts.ts'
export type { Except } from './core/fate.ts'
export { type Names, nameBuilders } from './core/names.ts'
export { type Pair, parseName, printName } from './core/resource.ts'
export type { MemberRights, Overridden, Right, RightSource } from './core/rights.ts'
export type { Rule } from './core/rules.ts'
export type { PolicyTrace } from './core/trace.ts'
export { scannerPattern } from './credential/format.ts'
export type { ImportedKeyOptions } from './credential/imported.ts'
export type { RandomBytes } from './credential/mint.ts'
export type { PepperOptions } from './credential/peppers.ts'
export type { Access, GuardReason, Question } from './engine/access.ts'
export type { Principal } from './engine/admitted.ts'
export type { DecisionEvent } from './engine/decisions.ts'
export type { ClientAddress } from './engine/request-context.ts'
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
export type {
  AuditQueryInput,
  AuditTermsInput,
  PruneOptions,
  VerifyLinesOptions,
  VerifyOptions,
} from './schema/audit.ts'
export type { ConditionInput, IpConditionInput, TimeInput } from './schema/condition.ts'
export type { CredentialFilterInput } from './schema/credentials.ts'
export type { MemberName, MemberRef } from './schema/ids.ts'
export type { DigestInput, ImportInput } from './schema/imported.ts'
export type { LeakEvidence } from './schema/leak.ts'
export type { Limits } from './schema/limits.ts'
export type { MemberChanges, MemberInput } from './schema/member.ts'
export type { Freshness, LastUseOptions } from './schema/options.ts'
export { type Actor, type Origin, originOf } from './schema/origin.ts'
export type { PageInput } from './schema/page.ts'
export type { PolicyInput } from './schema/policy.ts'
export type { ReminderInput } from './schema/reminder.ts'
export type { RollOptions, TokenChanges, TokenInput } from './schema/token.ts'
export type { TokenRef } from './schema/token-ref.ts'
export type {
  AuditEntry,
  AuditHead,
  AuditQuery,
  AuditTerms,
  Change,
  CredentialFilter,
  CredentialRecord,
  DigestChange,
  Page,
  PageRequest,
  Storage,
  StorageDirectory,
  StorageReader,
  StorageUsage,
  StorageWriter,
  TokenUse,
  Write,
} from './storage/port.ts'
