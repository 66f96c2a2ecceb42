/**
 * Queries of the memory storage's audit logs. Reads every entry of a log.
 */
import type { Scope } from '../../core/facts.ts'
import { cutPage, placeKey, placeStart } from '../page.ts'
import type { AuditEntry, AuditQuery, AuditTerms, Page, PageRequest } from '../port.ts'
import type { Tables } from './tables.ts'

export function audit(tables: Tables, scope: Scope, query: AuditQuery, page: PageRequest): Page<AuditEntry> {
  const { order = 'newest' } = query
  const start = placeStart(page, order)
  const asked = (tables.audit.get(scope) ?? []).filter((entry) => answers(entry, query))
  const rest =
    order === 'oldest'
      ? asked.filter(({ sequence }) => start === null || sequence > start.rank)
      : asked.filter(({ sequence }) => start === null || sequence < start.rank).reverse()
  return cutPage(rest, page.limit, ({ sequence }) => placeKey(order, { rank: sequence, id: '' }))
}

function answers(entry: AuditEntry, { is = {}, not = {} }: AuditQuery): boolean {
  return terms(entry, is).every((holds) => holds !== false) && terms(entry, not).every((holds) => holds !== true)
}

/** Whether each term holds; `null` where a term isn't given. */
function terms(entry: AuditEntry, asked: AuditTerms): readonly (boolean | null)[] {
  const { actors, through, actions, targets, since, until } = asked
  const timed = since !== undefined || until !== undefined
  return [
    actors === undefined ? null : actors.includes(entry.actor),
    through === undefined ? null : entry.through !== undefined && through.includes(entry.through),
    actions === undefined ? null : actions.includes(entry.action),
    targets === undefined ? null : targets.includes(entry.target),
    timed ? entry.at >= (since ?? Number.NEGATIVE_INFINITY) && entry.at < (until ?? Number.POSITIVE_INFINITY) : null,
  ]
}
