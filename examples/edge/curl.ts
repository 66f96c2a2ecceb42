/**
 * Writes requests of the demo as curl lines for a shell.
 */
import type { Ask, Scene } from './plays.ts'
import type { Cast } from './scenario.ts'

/** For each scene one request that is allowed and one that is refused. */
export function curlLines(url: string, cast: Cast, scenes: readonly Scene[]): string {
  return scenes
    .map(({ title, asks }) => {
      const allowed = asks.find((ask) => ask.refused === undefined)
      const refused = asks.find((ask) => ask.refused !== undefined)
      const lines = [allowed, refused].flatMap((ask) => (ask === undefined ? [] : [curl(url, cast, ask)]))
      return [`# ${title}`, ...lines].join('\n')
    })
    .join('\n\n')
}

function curl(url: string, cast: Cast, { as, request, body }: Ask): string {
  const [method = '', path = ''] = request.split(' ')
  const token = as === 'nobody' || as === 'rolled' ? '' : ` -H ${quoted(`Authorization: Bearer ${cast[as].value}`)}`
  return `curl -sX ${method} ${quoted(`${url}${path}`)}${token}${bodyOf(body)}`
}

function bodyOf(body: unknown): string {
  if (body === undefined) return ''
  if (body instanceof FormData) return ` -F ${quoted(`metadata=${body.get('metadata')}`)}`
  if (typeof body === 'string') return ` --data-raw ${quoted(body)}`
  return ` -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
