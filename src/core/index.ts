/**
 * `bailiwick/core`: the evaluator alone, without storage, clock or credentials. Re-exports only.
 */
export { type Address, parseAddress, printAddress } from './address.ts'
export { type BroadGrant, broadGrants } from './breadth.ts'
export { type Catalog, type Permission, permissionNamed, type Template } from './catalog.ts'
export type { Context } from './condition.ts'
export { decide } from './decide.ts'
export { DENY_REASONS, type Decision, type DenyReason } from './decision.ts'
export { defineCatalog } from './define.ts'
export { type Explanation, explain } from './explain.ts'
export type {
  Account,
  CredentialFacts,
  Member,
  Owner,
  Policy,
  PrincipalFacts,
  StandingFacts,
  Token,
  User,
} from './facts.ts'
export type { Except } from './fate.ts'
export { type Names, nameBuilders } from './names.ts'
export { type Pair, parseName, printName } from './resource.ts'
export { type MemberRights, memberRights, type Overridden, type Right, type RightSource } from './rights.ts'
export { type Subject, sessionSubject, tokenSubject } from './snapshot.ts'
export { type FilledPolicy, type FilledTemplate, fillTemplate, type Unfilled } from './template.ts'
export type { PolicyTrace } from './trace.ts'
