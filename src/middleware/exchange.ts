/**
 * One request, independent of the framework: everything that `enforce` reads of it.
 */
import type { IncomingMessage } from 'node:http'

export interface Exchange<Q> {
  /** The framework's own request, with which the host's functions are called. */
  readonly request: Q
  /** The lines of the Authorization header, one entry each. */
  readonly authorization: readonly string[]
  readonly hasHeader: (name: string) => boolean
  /** The address of the other end of the socket. */
  readonly remoteAddress: string | null
  /** Route parameters, decoded once. */
  readonly params: Readonly<Record<string, unknown>>
  /**
   * The text of the route, as far as it decides what `params` has, where the framework has it. Called only when a parameter is missing: some frameworks
   * build it each time.
   */
  readonly route: () => string | null
}

const AUTHORIZATION = 'authorization'
const NONE: readonly string[] = Object.freeze([])

/** For frameworks over `node:http`. Lines are taken from `rawHeaders`: `headers` silently drops a second Authorization. */
export function nodeExchange<Q>(
  request: Q,
  message: IncomingMessage,
  params: unknown,
  route: () => unknown,
): Exchange<Q> {
  const { rawHeaders, socket } = message
  const lines = linesOf(rawHeaders, AUTHORIZATION)
  return {
    request,
    authorization: lines.length > 0 ? lines : joined(message),
    hasHeader: (name) =>
      rawHeaders.length > 0 ? linesOf(rawHeaders, name).length > 0 : message.headers[name] !== undefined,
    remoteAddress: socket?.remoteAddress ?? null,
    params: isRecord(params) ? params : {},
    route: () => {
      const texts = [route()].flat() // one route may have several paths
      return texts.every((text) => typeof text === 'string') ? texts.join(' or ') : null
    },
  }
}

/** The lines of this header. `wanted` is in lower case. */
function linesOf(rawHeaders: readonly string[], wanted: string): readonly string[] {
  let lines: string[] | null = null
  for (let i = 1; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i - 1] ?? ''
    if (name.length !== wanted.length || name.toLowerCase() !== wanted) continue
    lines ??= []
    lines.push(rawHeaders[i] ?? '')
  }
  return lines ?? NONE
}

/** Some emulations of Node fill only `headers`. Read last: Node builds it from the lines when it is first read. */
function joined({ headers: { authorization } }: IncomingMessage): readonly string[] {
  return authorization === undefined ? NONE : [authorization]
}

/** For frameworks over web-standard requests. Their headers join lines with a comma, which no bearer token holds. */
export function webExchange<Q>(
  request: Q,
  { headers }: Request,
  told: Pick<Exchange<Q>, 'params' | 'remoteAddress' | 'route'>,
): Exchange<Q> {
  const line = headers.get('authorization')
  return { request, authorization: line === null ? [] : [line], hasHeader: (name) => headers.has(name), ...told }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
