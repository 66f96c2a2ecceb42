/**
 * Rights in words, for people.
 */
import type { DenyReason } from './decision.ts'
import { SENTENCE } from './explain.ts'
import type { Condition, IpCondition } from './facts.ts'
import type { Except } from './fate.ts'
import type { Overridden, Right, RightSource } from './rights.ts'
import { printInstant } from './time.ts'

/** `beneath`: something lies beneath one of the resources. */
export function rightInWords(right: Omit<Right, 'words'>, beneath: boolean): string {
  const given = `may ${grant(right.permissions, right.resources, beneath)} (${source(right.from)})`
  const when = right.condition === null ? [] : [`only ${held(right.condition, '')}`]
  return [given, ...when, ...right.except.map(exceptInWords)].join(', ')
}

export function overriddenInWords(lost: Omit<Overridden, 'words'>, beneath: boolean): string {
  const by = lost.by.map((id) => `\`${id}\``).join(', ')
  return `nothing of ${grant(lost.permissions, lost.resources, beneath)} (${source(lost.from)}): denied by policy ${by}`
}

/** All of it, a line each. */
export function rightsInWords(
  closed: DenyReason | null,
  rights: readonly Right[],
  overridden: readonly Overridden[],
): string {
  const lines = [...rights, ...overridden].map(({ words }) => words)
  const none = rights.length === 0 ? ['has no rights here'] : []
  if (closed === null) return [...none, ...lines].join('\n')
  return [`may do nothing here now: ${SENTENCE[closed]}; but for that:`, ...none, ...lines].join('\n')
}

function grant(permissions: readonly string[], resources: readonly string[], beneath: boolean): string {
  const all = beneath ? ` and all beneath ${resources.length === 1 ? 'it' : 'them'}` : ''
  return `${permissions.join(', ')} on ${resources.join(', ')}${all}`
}

function source(from: RightSource): string {
  return from.kind === 'role' ? `role ${from.name}` : `policy \`${from.id}\``
}

function exceptInWords({ policy, resource, above, condition }: Except): string {
  const where = above ? `${resource} or above it` : resource
  const when = condition === null ? '' : ` ${held(condition, ' or an unknown address')}`
  return `not on ${where}${when} (policy \`${policy}\`)`
}

/** `unknown` says what happens when the address isn't known. */
function held({ ip, notBefore, expiresOn }: Condition, unknown: string): string {
  const parts = [
    ...(ip === undefined ? [] : [`from ${addresses(ip)}${unknown}`]),
    ...(notBefore === undefined ? [] : [`since ${printInstant(notBefore)}`]),
    ...(expiresOn === undefined ? [] : [`before ${printInstant(expiresOn)}`]),
  ]
  return parts.join(' and ')
}

function addresses({ in: inside, notIn: outside }: IpCondition): string {
  if (inside === undefined) return `addresses outside ${(outside ?? []).join(', ')}`
  return `${inside.join(', ')}${outside === undefined ? '' : ` but not ${outside.join(', ')}`}`
}
