/**
 * Queries of the audit log, each term through an index in the order of the log. Inside a transaction that the caller began.
 */
import type { Scope } from '../../core/facts.ts'
import { cutPage, placeKey, placeStart } from '../page.ts'
import type { AuditEntry, AuditHead, AuditQuery, AuditTerms, Page, PageRequest } from '../port.ts'
import { Columns } from './columns.ts'
import type { Row, Test, Transaction } from './connection.ts'
import { textList } from './lookup.ts'
import { ENTRY_COLUMNS, readEntry } from './rows.ts'

/** The column of each list of texts. The first that is given leads by its index: few entries have one target, many have one action. */
const COLUMNS = { targets: 'target', through: 'through', actors: 'actor', actions: 'action' } as const

const LISTS = ['targets', 'through', 'actors', 'actions'] as const

export function auditHead(tx: Transaction, scope: Scope): AuditHead | null {
  const row = tx.rows('SELECT * FROM bailiwick_scopes WHERE scope = ?', scope)[0]
  if (row === undefined) return null
  const at = new Columns(row, 'bailiwick_scopes', ['scope'])
  const sequence = at.integer('log_sequence')
  return sequence === 0 ? null : Object.freeze({ sequence, hash: at.text('log_hash') })
}

export function audit(tx: Transaction, scope: Scope, query: AuditQuery, page: PageRequest): Page<AuditEntry> {
  const { order = 'newest' } = query
  const newest = order === 'newest'
  const start = placeStart(page, order)?.rank ?? (newest ? BEYOND_ALL : -BEYOND_ALL)
  const led = LISTS.find((list) => query.is?.[list] !== undefined)
  const tests = testsOf(query, led)

  const rowsWhere = (index: string, leading: Test): readonly Row[] => {
    const where = [leading, ...tests].map(({ sql }) => sql).join(' AND ')
    const sql = `SELECT ${ENTRY_COLUMNS} FROM bailiwick_audit AS a ${index} WHERE a.scope = ? AND a.sequence ${newest ? '<' : '>'} ? AND ${where}
      ORDER BY a.sequence ${newest ? 'DESC' : 'ASC'} LIMIT ?`
    const values = [leading, ...tests].flatMap((test) => test.values)
    return tx.rows(sql, scope, start, ...values, page.limit + 1)
  }
  // The index is in order for one text at a time. So each text gives a page at most, and the page is the first entries of all those.
  const rows =
    led === undefined
      ? rowsWhere(isFew(tx, scope, query) ? BY_TIME : '', { sql: 'TRUE', values: [] })
      : [...new Set(query.is?.[led])].flatMap((text) =>
          rowsWhere(`INDEXED BY bailiwick_audit_by_${COLUMNS[led]}`, { sql: `a.${COLUMNS[led]} = ?`, values: [text] }),
        )
  const placed = rows.map((row) => ({
    row,
    sequence: new Columns(row, 'bailiwick_audit', ['scope']).integer('sequence'),
  }))
  placed.sort((a, b) => (a.sequence - b.sequence) * (newest ? -1 : 1))
  const { items, next } = cutPage(placed, page.limit, ({ sequence }) => placeKey(order, { rank: sequence, id: '' }))
  return { items: items.map(({ row }) => readEntry(row, scope)), next }
}

const BY_TIME = 'INDEXED BY bailiwick_audit_by_time'

/** Sorting this many entries is faster than walking a long log. */
const MAX_SORTED = 1_000

/**
 * Whether a range of time holds few entries. Clocks go back, so entries found by time must be sorted into the order of the log. A range of few is found by
 * its index; for a range of many the log is walked in order, which soon yields a page.
 */
function isFew(tx: Transaction, scope: Scope, { is = {} }: AuditQuery): boolean {
  const [range] = within(is)
  if (range === undefined) return false
  const sql = `SELECT 1 FROM bailiwick_audit AS a ${BY_TIME} WHERE a.scope = ? AND ${range.sql} LIMIT 1 OFFSET ?`
  return tx.rows(sql, scope, ...range.values, MAX_SORTED).length === 0
}

/** Beyond any INTEGER, so that a row somebody put before the first entry or far behind the last is listed like any other. */
const BEYOND_ALL = 1e19

/** All terms except the leading one, which the index answers. */
function testsOf({ is = {}, not = {} }: AuditQuery, led: (typeof LISTS)[number] | undefined): readonly Test[] {
  return [
    ...LISTS.filter((list) => list !== led).flatMap((list) => oneOf(COLUMNS[list], is[list])),
    ...within(is),
    ...LISTS.flatMap((list) => oneOf(COLUMNS[list], not[list])).map(negated),
    ...within(not).map(negated),
  ]
}

function oneOf(column: string, texts: readonly string[] | undefined): readonly Test[] {
  const sql = `a.${column} IN (SELECT value FROM json_each(?) AS asked)`
  return texts === undefined ? [] : [{ sql, values: [textList(texts)] }]
}

/** `since` and `until` are one term. */
function within({ since, until }: AuditTerms): readonly Test[] {
  const ends = [
    ...(since === undefined ? [] : [{ sql: 'a.at >= ?', value: since }]),
    ...(until === undefined ? [] : [{ sql: 'a.at < ?', value: until }]),
  ]
  if (ends.length === 0) return []
  return [{ sql: ends.map(({ sql }) => sql).join(' AND '), values: ends.map(({ value }) => value) }]
}

/** NULL counts as not matching: an entry without a token doesn't have the token asked for. */
function negated({ sql, values }: Test): Test {
  return { sql: `(${sql}) IS NOT TRUE`, values }
}
