/**
 * Reads the templates of a catalog's declaration. Refuses those that could grant nothing or never be filled.
 */
import { type Catalog, chainOf, type ResourceType, type Template, type TemplatePolicy } from './catalog.ts'
import type { TemplateDefinition, TemplatePolicyDefinition } from './catalog-types.ts'
import { check, checkId, declared, fail } from './declaration.ts'
import { didYouMean } from './nearest.ts'
import { canMatter, faultInWords, isFault, parseSelector, type Selector } from './selector.ts'

type Known = Pick<Catalog, 'types' | 'permissions' | 'groups'>

export function readTemplates(
  definitions: { readonly [id: string]: TemplateDefinition },
  known: Known,
): ReadonlyMap<string, Template> {
  const templates = new Map<string, Template>()
  for (const [id, definition] of Object.entries(definitions)) {
    checkId('template', id)
    const where = `template \`${id}\``
    check(where, definition, { name: 'text', slots: 'object', policies: 'objects' })
    const slots = readSlots(definition.slots, where, known)
    if (definition.policies.length === 0) fail(`${where} has no policies`)
    const policies = definition.policies.map((policy) => readPolicy(policy, slots, where, known))
    const used = new Set(policies.flatMap(({ resources }) => resources.map(({ slot }) => slot)))
    for (const slot of slots.keys()) if (!used.has(slot)) fail(`${where} has a slot \`${slot}\` that no resource uses`)
    templates.set(id, Object.freeze({ id, name: definition.name, slots, policies: Object.freeze(policies) }))
  }
  return templates
}

const SLOT_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/

function readSlots(
  definitions: TemplateDefinition['slots'],
  where: string,
  { types }: Known,
): ReadonlyMap<string, ResourceType> {
  const slots = new Map<string, ResourceType>()
  for (const [slot, name] of Object.entries(definitions)) {
    if (!SLOT_NAME.test(slot))
      fail(`slot \`${slot}\` of ${where} must match [A-Za-z][A-Za-z0-9_-]*, at most 64 characters`)
    slots.set(slot, declared(types, name, `slot \`${slot}\` of ${where} takes unknown type`))
  }
  return slots
}

function readPolicy(
  definition: TemplatePolicyDefinition,
  slots: ReadonlyMap<string, ResourceType>,
  where: string,
  known: Known,
): TemplatePolicy {
  const fields = { effect: 'text?', permissionGroups: 'list?', permissions: 'list?', resources: 'list' } as const
  check(`a policy of ${where}`, definition, fields)
  const { effect = 'allow', permissionGroups, permissions } = definition
  if (effect !== 'allow' && effect !== 'deny') fail(`a policy of ${where} needs \`effect\` to be \`allow\` or \`deny\``)
  if ((permissionGroups === undefined) === (permissions === undefined))
    fail(`a policy of ${where} needs either \`permissionGroups\` or \`permissions\`, not both`)
  const granted = new Map([
    ...listed(permissionGroups, known.groups, 'group', where).map(({ id, permissions }) => [id, permissions] as const),
    ...listed(permissions, known.permissions, 'permission', where).map((one) => [one.name, new Set([one])] as const),
  ])
  const resources = new Map(definition.resources.map((text) => [text, readPattern(text, slots, where, known)]))
  if (resources.size === 0) fail(`a policy of ${where} has no resources`)
  for (const [name, permissions] of granted)
    if (![...resources.values()].some(({ covers }) => canMatter(permissions, covers, effect)))
      fail(`a policy of ${where}: \`${name}\` can match none of the resources: it is on no type at or beneath theirs`)
  for (const [text, { covers }] of resources)
    if (![...granted.values()].some((permissions) => canMatter(permissions, covers, effect)))
      fail(`a policy of ${where}: \`${text}\` is matched by nothing that the policy names`)
  const names = Object.freeze([...granted.keys()])
  return Object.freeze({
    effect,
    ...(permissions === undefined ? { permissionGroups: names } : { permissions: names }),
    resources: Object.freeze([...resources.values()].map(({ slot, rest }) => Object.freeze({ slot, rest }))),
  })
}

/** The entries of these names. A deprecated or retired one can't be granted, so a template with it could never be used. */
function listed<E extends { readonly deprecated: boolean; readonly retired: boolean }>(
  names: readonly string[] | undefined,
  known: ReadonlyMap<string, E>,
  what: string,
  where: string,
): readonly E[] {
  if (names?.length === 0) fail(`a policy of ${where} has an empty list of ${what}s`)
  return (names ?? []).map((name) => {
    const entry = declared(known, name, `${where} names unknown ${what}`)
    if (entry.retired) fail(`${where} names ${what} \`${name}\`, which is retired and matches nothing`)
    if (entry.deprecated) fail(`${where} names ${what} \`${name}\`, which is deprecated and can't be granted anew`)
    return entry
  })
}

interface ReadPattern {
  readonly slot: string
  readonly rest: string
  /** Everything it can cover once it is filled. */
  readonly covers: Selector
}

const PATTERN = /^\{([^{}]*)\}(|\/.*)$/s

function readPattern(text: string, slots: ReadonlyMap<string, ResourceType>, where: string, known: Known): ReadPattern {
  const [, slot, rest] = PATTERN.exec(text) ?? []
  if (slot === undefined || rest === undefined)
    fail(`resource \`${text}\` of ${where} must be a slot in braces, and pairs beneath it: \`{zone}/record:*\``)
  const type = declared(slots, slot, `resource \`${text}\` of ${where} has unknown slot`)
  // Any thing of the slot's type; at the root of a user an id is literal.
  const any = chainOf(type).map(({ name, marker }) => `${marker}${name === 'user' ? 'any' : '*'}`)
  const covers = parseSelector(known, `${any.join('/')}${rest}`)
  if (isFault(covers))
    fail(`resource \`${text}\` of ${where} can't become a selector: ${faultInWords(covers, known, didYouMean)}`)
  return { slot, rest, covers }
}
