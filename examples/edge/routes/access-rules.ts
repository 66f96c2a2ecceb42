/**
 * IP access rules of a whole account: who is blocked, challenged or let through before any site sees them.
 */
import { isIP } from 'node:net'
import { guard } from 'bailiwick/express'
import { json, type Request, type Router } from 'express'
import { ApiError, list, respond } from '../envelope.ts'
import { accessOf, type Host } from '../host.ts'
import { bodyOf, fields, optionalText, param, query, text } from '../input.ts'
import { notFound, refusals } from '../refusals.ts'
import { type AccessRule, newId } from '../store.ts'

const MODES = ['block', 'challenge', 'whitelist', 'js_challenge', 'managed_challenge']
const TARGETS = ['ip', 'ip6', 'ip_range', 'asn', 'country']
const BASE = '/accounts/:account/firewall/access_rules/rules'

export function accessRuleRoutes(api: Router, { bw, store }: Host): void {
  const mayRead = guard(bw, 'firewall.read', 'account:{account}/rule:{rule}', refusals('firewall.read'))
  const mayWrite = guard(bw, 'firewall.write', 'account:{account}/rule:{rule}', refusals('firewall.write'))
  const mayCreate = guard(bw, 'firewall.write', 'account:{account}', refusals('firewall.write'))

  api.get(BASE, guard.authenticated(bw, refusals()), (req, res) => {
    const access = accessOf(req)
    const value = query(req, 'configuration.value')
    const rules = store.rules.in(param(req, 'account')).filter((rule) => rule.value === (value ?? rule.value))
    const mine = access.filter('firewall.read', rules, (rule) => bw.name.rule(rule.account, rule.id))
    list(req, res, mine.map(shown))
  })

  api.post(BASE, mayCreate, json(), (req, res) => {
    const body = bodyOf(req)
    const rule = {
      id: newId(),
      account: param(req, 'account'),
      mode: mode(text(body, 'mode')),
      ...configuration(fields(body.configuration)),
      notes: optionalText(body, 'notes', ''),
    }
    store.rules.add(rule)
    respond(res, shown(rule))
  })

  api.get(`${BASE}/:rule`, mayRead, (req, res) => respond(res, shown(found(req))))

  api.patch(`${BASE}/:rule`, mayWrite, json(), (req, res) => {
    const rule = found(req)
    const body = bodyOf(req)
    const notes = optionalText(body, 'notes', rule.notes)
    const edited = { ...rule, mode: mode(optionalText(body, 'mode', rule.mode)), notes }
    store.rules.edit(edited)
    respond(res, shown(edited))
  })

  api.delete(`${BASE}/:rule`, mayWrite, (req, res) => {
    const { id } = found(req)
    store.rules.remove(id)
    respond(res, { id })
  })

  /** The rule of this very account: the guard judged the name in the path, which may pair an account with somebody else's rule. */
  function found(req: Request): AccessRule {
    const rule = store.rules.get(param(req, 'account'), param(req, 'rule'))
    if (rule === null) throw notFound('firewall.read')
    return rule
  }
}

function mode(written: string): string {
  if (!MODES.includes(written)) throw new ApiError(400, 10009, `\`mode\` must be one of ${MODES.join(', ')}`)
  return written
}

function configuration(from: Readonly<Record<string, unknown>>): Pick<AccessRule, 'target' | 'value'> {
  const target = text(from, 'target')
  const value = text(from, 'value')
  const version = target === 'ip' ? 4 : target === 'ip6' ? 6 : null
  if (!TARGETS.includes(target)) throw new ApiError(400, 10009, `\`target\` must be one of ${TARGETS.join(', ')}`)
  if (version !== null && isIP(value) !== version) throw new ApiError(400, 10009, `\`value\` is no ${target}`)
  return { target, value }
}

function shown({ id, mode, target, value, notes }: AccessRule) {
  return { id, mode, notes, allowed_modes: MODES, configuration: { target, value }, paused: false }
}
