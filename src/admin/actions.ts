/**
 * Every action that an audit log can hold, as `noun.verb`. `docs/reference/audit-format.md` is held equal to this list by a test.
 */
export const AUDIT_ACTIONS = [
  'account.create',
  'account.rename',
  'account.suspend',
  'account.activate',
  'account.set_api_access',
  'account.set_token_rules',
  'account.block_token',
  'account.unblock_token',
  'audit.prune',
  'member.add',
  'member.update',
  'member.accept',
  'member.suspend',
  'member.activate',
  'member.set_api_access',
  'member.set_readmitted',
  'member.forget_resource',
  'member.remove',
  'token.create',
  'token.import',
  'token.update',
  'token.add_policies',
  'token.remove_policies',
  'token.disable',
  'token.enable',
  'token.revoke',
  'token.set_api_access',
  'token.roll',
  'token.move_overlap',
  'token.report_leaked',
  'token.forget_resource',
  'user.suspend',
  'user.activate',
] as const

/** What an entry of an audit log says was done. */
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

export type AccountAction = Extract<AuditAction, `account.${string}`>
export type MemberAction = Extract<AuditAction, `member.${string}`>
export type TokenAction = Extract<AuditAction, `token.${string}`>
