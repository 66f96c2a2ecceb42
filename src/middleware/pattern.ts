/**
 * Resource patterns: a name in which whole ids may be `{param}`. Read when the guard is made, so that a wrong one throws at start. Filled for each
 * request: each parameter becomes exactly one id, whatever it holds.
 */
import { type Catalog, chainOf, type Permission, permissionNamed, type ResourceType } from '../core/catalog.ts'
import { declaredPattern } from '../core/id-pattern.ts'
import { didYouMean } from '../core/nearest.ts'
import { decodeId, encodeId, MAX_NAME_LENGTH } from '../core/resource.ts'
import { MisuseError } from '../errors.ts'

export type Pattern = readonly Part[]

/** One pair: written out in the pattern, or with its id taken from a parameter. */
interface Part {
  readonly text: string
  readonly param: string | null
}

type Fail = (problem: string) => never

const PARAM = /^\{([A-Za-z_][A-Za-z0-9_-]*)\}$/

/**
 * Reads a pattern for this permission. Throws `ERR_BAILIWICK_MISUSE`, and says what would be right, for: an unknown permission or type, a type that
 * doesn't belong there, a type the permission is not on, a malformed `{param}`, an id that is not canonical.
 */
export function parsePattern(catalog: Catalog, permissionName: string, text: string): Pattern {
  const permission = permissionNamed(catalog, permissionName)
  const fail: Fail = (problem) => {
    throw new MisuseError(`the pattern \`${text}\` for \`${permission.name}\` ${problem}; ${expected(permission)}`)
  }
  let above: ResourceType | null = null
  const parts: Part[] = []
  for (const pair of text.split('/')) {
    const colon = pair.indexOf(':')
    if (colon < 0) fail(`holds \`${pair}\`, which is no \`type:id\` or \`type:{param}\``)
    const name = pair.slice(0, colon)
    const type =
      catalog.types.get(name) ?? fail(`names unknown type \`${name}\`${didYouMean(name, catalog.types.keys())}`)
    if (type.parent !== above) fail(`has \`${name}\` ${above === null ? 'at the root' : `in \`${above.name}\``}`)
    parts.push(readPart(type, pair.slice(colon + 1), above === null ? '' : '/', fail))
    above = type
  }
  if (above === null || !permission.on.has(above)) fail(`ends in \`${above?.name}\``)
  return parts
}

/**
 * The name of the resource, or `null` where a parameter is absent or can be no id: then the resource is malformed. Parameters must be decoded already and
 * are not decoded again. `absent` hears of a parameter that the request doesn't have at all.
 */
export function fillPattern(
  pattern: Pattern,
  params: Readonly<Record<string, unknown>>,
  absent: (param: string) => void,
): string | null {
  let name = ''
  for (const part of pattern) {
    name += part.text
    if (part.param === null) continue
    const id = readParam(part.param, params, absent)
    const text = id === null ? null : encodeId(id)
    if (text === null) return null
    name += text
  }
  return name.length <= MAX_NAME_LENGTH ? name : null
}

/** The parameters a pattern needs. */
export function paramsOf(pattern: Pattern): readonly string[] {
  return pattern.flatMap(({ param }) => param ?? [])
}

function readPart(type: ResourceType, text: string, slash: string, fail: Fail): Part {
  if (/[{}]/.test(text)) {
    const param = PARAM.exec(text)?.[1] ?? fail(`holds \`${text}\`, and a parameter is a whole id written \`{name}\``)
    return { text: slash + type.marker, param }
  }
  const id = decodeId(text) ?? fail(`holds \`${text}\`, which is not the one spelling of an id${spelledRight(text)}`)
  if (type.id?.test(id) === false)
    fail(`holds \`${text}\`, which is no id of a \`${type.name}\` (ids match ${declaredPattern(type.id)})`)
  return { text: slash + type.marker + text, param: null }
}

function spelledRight(text: string): string {
  const spelling = encodeId(text)
  return spelling === null ? '' : ` (\`${spelling}\` is)`
}

function readParam(
  param: string,
  params: Readonly<Record<string, unknown>>,
  absent: (param: string) => void,
): string | null {
  if (!Object.hasOwn(params, param)) {
    absent(param)
    return null
  }
  const value = params[param]
  return typeof value === 'string' ? value : null
}

function expected({ name, on }: Permission): string {
  const patterns = [...on].map(
    (type) =>
      `\`${chainOf(type)
        .map((step) => `${step.name}:{${step.name}}`)
        .join('/')}\``,
  )
  return `\`${name}\` is on ${patterns.join(' or ')}`
}
