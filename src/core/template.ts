/**
 * Fills templates: takes values for slots, and returns the policies of a token.
 */
import type { InputIssue } from '../errors.ts'
import type { Catalog, ResourceType, Template, TemplatePolicy } from './catalog.ts'
import type { CatalogShape, SlotsOf, TemplateName } from './catalog-types.ts'
import type { Effect } from './facts.ts'
import { didYouMean, shorten, suggestions } from './nearest.ts'
import { faultInWords, isFault, parseSelector } from './selector.ts'

/** A policy without an id, as `tokens.create` takes it. */
export type FilledPolicy = { readonly effect: Effect; readonly resources: readonly string[] } & (
  | { readonly permissionGroups: readonly string[]; readonly permissions?: never }
  | { readonly permissions: readonly string[]; readonly permissionGroups?: never }
)

export interface FilledTemplate {
  /** The template's name. */
  readonly name: string
  readonly policies: readonly FilledPolicy[]
}

/** Why a template can't be filled: everything at once. */
export interface Unfilled {
  readonly issues: readonly InputIssue[]
}

/**
 * The policies of a template, with each resource filled with every value of its slot. A value is a name or selector of the slot's type; the filled
 * resource covers nothing that the value doesn't. Where something can't be filled, the answer is every issue instead; nothing is thrown.
 *
 * Issues have the paths `['template']`, `['slots', slot]` or `['slots', slot, index]` and these codes: `unknown_template`, `unknown_slot`,
 * `required` (a slot that isn't filled), `empty_list`, `bad_type` (not text), `bad_selector` (no selector, or one that can't be continued: after a prefix
 * such as `logs-*` nothing can follow), `wrong_type` (a selector of another type).
 *
 * Does not check whose resources they are, nor limits: `tokens.create` does, and `tokens.fromTemplate` bounds how long a list of values may be.
 *
 * @example
 * ```ts
 * const { fillTemplate } = await import('bailiwick/core')
 * const filled = fillTemplate(catalog, 'purge-site', { zone: 'account:acme/zone:z1' })
 * console.log('issues' in filled ? filled.issues : filled.policies)
 * ```
 */
export function fillTemplate<S extends CatalogShape, T extends TemplateName<S>>(
  catalog: Catalog<S>,
  template: T,
  slots: SlotsOf<S, T>,
): FilledTemplate | Unfilled {
  const found = catalog.templates.get(template)
  if (found === undefined) {
    const id = String(template)
    const message = `unknown template \`${shorten(id)}\`${didYouMean(id, catalog.templates.keys())}`
    return { issues: [{ path: ['template'], code: 'unknown_template', message }] }
  }
  const { values, issues } = readSlots(catalog, found, slots)
  if (issues.length > 0) return { issues }
  return Object.freeze({
    name: found.name,
    policies: Object.freeze(found.policies.map((policy) => fillPolicy(policy, values))),
  })
}

type Values = ReadonlyMap<string, readonly string[]>

function fillPolicy(
  { effect, permissionGroups, permissions, resources }: TemplatePolicy,
  values: Values,
): FilledPolicy {
  const filled = resources.flatMap(({ slot, rest }) => (values.get(slot) ?? []).map((value) => `${value}${rest}`))
  const common = { effect, resources: Object.freeze([...new Set(filled)]) }
  return Object.freeze(
    permissionGroups === undefined ? { ...common, permissions: permissions ?? [] } : { ...common, permissionGroups },
  )
}

/** Values may come from anyone: each is read once, so that what was checked is what is filled in. */
function readSlots(
  catalog: Catalog,
  template: Template,
  given: unknown,
): { readonly values: Values; readonly issues: readonly InputIssue[] } {
  const values = new Map<string, readonly string[]>()
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return { values, issues: [{ path: ['slots'], code: 'bad_type', message: 'must be an object' }] }
  const issues: InputIssue[] = []
  const suggest = suggestions()
  const known = [...template.slots.keys()]
  for (const slot of Object.keys(given).filter((name) => !template.slots.has(name))) {
    const message = `unknown slot of template \`${template.id}\`${suggest(slot, known)}; known here: ${known.map((name) => `\`${name}\``).join(', ')}`
    issues.push({ path: ['slots', shorten(slot)], code: 'unknown_slot', message })
  }
  for (const [slot, type] of template.slots) {
    const value: unknown = Object.hasOwn(given, slot) ? (given as Record<string, unknown>)[slot] : undefined
    const list: readonly unknown[] = Array.isArray(value) ? [...value] : [value]
    const rests = restsOf(template, slot)
    const path = ['slots', slot]
    if (value === undefined) issues.push({ path, code: 'required', message: `takes the name of a \`${type.name}\`` })
    else if (list.length === 0) issues.push({ path, code: 'empty_list', message: 'must hold at least one' })
    else
      for (const [i, one] of list.entries()) {
        const fault = slotFault(catalog, one, type, rests, suggest)
        if (fault !== null) issues.push({ path: Array.isArray(value) ? [...path, i] : path, ...fault })
      }
    values.set(
      slot,
      list.filter((one) => typeof one === 'string'),
    )
  }
  return { values, issues }
}

/** What follows this slot in the template's resources. */
function restsOf(template: Template, slot: string): readonly string[] {
  const patterns = template.policies.flatMap(({ resources }) => resources)
  return [...new Set(patterns.filter((pattern) => pattern.slot === slot).map(({ rest }) => rest))]
}

function slotFault(
  catalog: Catalog,
  value: unknown,
  type: ResourceType,
  rests: readonly string[],
  suggest: typeof didYouMean,
): Pick<InputIssue, 'code' | 'message'> | null {
  if (typeof value !== 'string') return { code: 'bad_type', message: `must be the name of a \`${type.name}\`` }
  const selector = parseSelector(catalog, value)
  if (isFault(selector)) return { code: 'bad_selector', message: faultInWords(selector, catalog, suggest) }
  if (selector.type !== type) {
    const message = `\`${shorten(value)}\` is of the type \`${selector.type.name}\`, and the slot takes a \`${type.name}\``
    return { code: 'wrong_type', message }
  }
  for (const rest of rests) {
    const filled = parseSelector(catalog, `${value}${rest}`)
    if (isFault(filled)) return { code: 'bad_selector', message: `\`${rest}\` can't follow it: ${filled.message}` }
  }
  return null
}
