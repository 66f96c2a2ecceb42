/**
 * Which credentials reach an account, each filter answered through an index of its own, inside a transaction that the caller began.
 *
 * The statement names the index, since SQLite would choose by guesses about the rows. Where filters are combined, one leads and the others are
 * tested on what it finds.
 */
import type { Member, MemberKey, Owner, Token, TokenRules } from '../../core/facts.ts'
import { ownerId, ownerKind } from '../../core/facts.ts'
import type { CredentialOrder } from '../listing.ts'
import { leavesOutRevoked, orderOf } from '../listing.ts'
import { cutPage, type Place, placeKey, placeStart } from '../page.ts'
import type { CredentialFilter, CredentialRecord, Page, PageRequest } from '../port.ts'
import { Columns } from './columns.ts'
import type { Row, SqliteValue, Test, Transaction } from './connection.ts'
import { listedMembers } from './lookup.ts'
import { readListedToken } from './rows.ts'

const RANK: Readonly<Record<CredentialOrder, string>> = { expiry: 'c.expires_on', idle: 'c.idle_since', id: '0' }

export function credentials(
  tx: Transaction,
  account: string,
  filter: CredentialFilter,
  page: PageRequest,
): Page<CredentialRecord> {
  const order = orderOf(filter)
  const tests = [test('c.account = ?', account), ...testsOf(account, filter), after(order, placeStart(page, order))]
  const sql = `SELECT t.*, ${RANK[order]} AS rank, b.token IS NOT NULL AS blocked, u.at AS used_on, u.from_address AS used_from
    FROM bailiwick_credentials AS c ${indexFor(filter, order)}
    CROSS JOIN bailiwick_tokens AS t ON t.id = c.token
    LEFT JOIN bailiwick_token_blocks AS b ON b.token = c.token AND b.account = c.account
    LEFT JOIN bailiwick_token_uses AS u ON u.token = c.token AND u.account = c.account
    WHERE ${tests.map((test) => test.sql).join(' AND ')}
    ORDER BY ${order === 'id' ? '' : `${RANK[order]}, `}c.token LIMIT ?`
  const rows = tx.rows(sql, ...tests.flatMap(({ values }) => values), page.limit + 1)
  const found = rows.map((row) => ({ token: readListedToken(row), at: columnsOf(row) }))
  const cut = cutPage(found, page.limit, ({ token, at }) => placeKey(order, { rank: at.integer('rank'), id: token.id }))

  const memberOf = membersOf(
    tx,
    account,
    cut.items.map(({ token }) => token),
  )
  const items = cut.items.map(({ token, at }) =>
    Object.freeze({
      token,
      overlapEndsOn: at.isNull('previous_ends_on') ? null : at.integer('previous_ends_on'),
      member: memberOf(token),
      blocked: at.flag('blocked'),
      lastUse: at.isNull('used_on')
        ? null
        : Object.freeze({ at: at.integer('used_on'), from: at.isNull('used_from') ? null : at.text('used_from') }),
    }),
  )
  return { items, next: cut.next }
}

function testsOf(account: string, filter: CredentialFilter): readonly Test[] {
  const { owner, kind, unusedSince, expiresBefore, breaks } = filter
  return [
    ...(leavesOutRevoked(filter) ? [LIVE] : []),
    ...(owner === undefined ? [] : ownedBy(account, owner)),
    ...(kind === undefined ? [] : [test('c.owner_kind = ?', kind)]),
    ...statusTests(filter),
    ...(unusedSince === undefined ? [] : [test('c.idle_since < ?', unusedSince)]),
    ...(filter.neverUsed ? [test('c.is_used = 0')] : []),
    ...(expiresBefore === undefined ? [] : [test('c.expires_on < ?', expiresBefore)]),
    ...(breaks === undefined ? [] : [breaking(breaks)]),
    ...(filter.staysOn ? [test('c.own_switch = 1')] : []),
  ]
}

/** Must be the same text as in the partial indexes. */
const LIVE = test(`c.status <> 'revoked'`)

function ownedBy(account: string, owner: Owner): readonly Test[] {
  if ('account' in owner && owner.account !== account) return [test('FALSE')]
  return [test('c.owner_kind = ? AND c.owner_id = ?', ownerKind(owner), ownerId(owner))]
}

function statusTests({ status, now }: CredentialFilter): readonly Test[] {
  switch (status) {
    case undefined:
      return []
    case 'active':
      return [test(`c.status = 'active' AND (c.expires_on IS NULL OR c.expires_on > ?)`, now)]
    case 'expired':
      return [LIVE, test(`c.status = 'active' AND c.expires_on <= ?`, now)]
    default:
      return [test('c.status = ?', status)]
  }
}

/** `brokenRules` in SQL. A missing lifetime is infinite. */
function breaking(rules: TokenRules): Test {
  const { maxLifetimeMs } = rules
  const broken = [
    ...(rules.forbidPersonal ? [test(`c.owner_kind = 'user'`)] : []),
    ...(maxLifetimeMs === undefined ? [] : [test('c.lifetime > ? OR c.lifetime IS NULL', maxLifetimeMs)]),
    ...(rules.requireExpiry ? [test('c.lifetime IS NULL')] : []),
    ...(rules.requireIp ? [test('c.ip_is_narrow = 0')] : []),
  ]
  const sql = broken.map((rule) => rule.sql).join(' OR ')
  return { sql: broken.length === 0 ? 'FALSE' : `(${sql})`, values: broken.flatMap(({ values }) => values) }
}

/** No id is empty, so the empty text comes before the first. */
function after(order: CredentialOrder, start: Place | null): Test {
  if (order === 'id') return test('c.token > ?', start?.id ?? '')
  return test(`(${RANK[order]}, c.token) > (?, ?)`, start?.rank ?? Number.MIN_SAFE_INTEGER, start?.id ?? '')
}

/** An owner has few tokens, so those may be sorted after they are found; everything else is found in order. */
function indexFor(filter: CredentialFilter, order: CredentialOrder): string {
  if (filter.owner !== undefined) return by('of_owner')
  if (order === 'expiry') return by('by_expiry')
  if (order === 'idle') return by('by_idleness')
  if (filter.staysOn) return by('switched_on')
  if (filter.neverUsed) return by('never_used')
  if (filter.breaks !== undefined) return by('ruled')
  if (filter.status !== undefined) return by('of_status')
  return filter.kind === undefined ? '' : by('of_kind')
}

function by(index: string): string {
  return `INDEXED BY bailiwick_credentials_${index}`
}

function test(sql: string, ...values: readonly SqliteValue[]): Test {
  return { sql, values }
}

/** The memberships of the tokens' owners in this account, each read once. A kind holds no colon, so keys are distinct. */
function membersOf(tx: Transaction, account: string, tokens: readonly Token[]): (token: Token) => Member | null {
  const asked = new Map(tokens.map(({ owner }) => [principalOf(owner), owner]))
  const keys = [...asked.values()].flatMap((owner) => memberKeyOf(owner) ?? [])
  const found = new Map(listedMembers(tx, account, keys).map((member) => [`${member.kind}:${member.id}`, member]))
  return ({ owner }) => found.get(principalOf(owner)) ?? null
}

function memberKeyOf(owner: Owner): Pick<MemberKey, 'kind' | 'id'> | null {
  if ('user' in owner) return { kind: 'user', id: owner.user }
  return 'service' in owner ? { kind: 'service', id: owner.service } : null
}

function principalOf(owner: Owner): string {
  return `${ownerKind(owner)}:${ownerId(owner)}`
}

function columnsOf(row: Row): Columns {
  return new Columns(row, 'bailiwick_tokens', ['id'])
}
