/**
 * Plays scenes over HTTP and compares what comes with what must come.
 */
import type { Running } from './app.ts'
import { fields } from './input.ts'
import type { Ask, Scene } from './plays.ts'
import type { Cast } from './scenario.ts'

export interface Outcome {
  readonly scene: string
  readonly ask: Ask
  readonly expected: string
  readonly got: string
  /** Why it was refused, empty where it was not. What the client wasn't told is asked of the host, as its owner would. */
  readonly reason: string
  readonly differs: boolean
}

/** Plays scenes in order, each request after the one before it. */
export async function play(running: Running, cast: Cast, scenes: readonly Scene[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const kept = new Map<string, string>()
  let rolled: string | undefined
  for (const scene of scenes) {
    rolled = (await scene.act?.(running, cast)) ?? rolled
    for (const ask of scene.asks) {
      const value = ask.as === 'nobody' ? undefined : ask.as === 'rolled' ? rolled : cast[ask.as].value
      const answer = await send(running.url, ask, value, kept)
      if (ask.keep !== undefined) kept.set(ask.keep, String(fields(answer.result).id))
      const reason = answer.status < 400 ? '' : (answer.reason ?? (await ownersView(running, ask, value)))
      const expected = told(ask.status, ask.rows)
      const got = told(answer.status, ask.rows === undefined ? undefined : rowsOf(answer.result))
      const differs = got !== expected || reason !== (ask.refused?.reason ?? '')
      outcomes.push({ scene: scene.title, ask, expected, got, reason, differs })
    }
  }
  return outcomes
}

interface Answer {
  readonly status: number
  readonly result: unknown
  /** As the client is told; `undefined` where it isn't. */
  readonly reason: string | undefined
}

async function send(
  url: string,
  ask: Ask,
  value: string | undefined,
  kept: ReadonlyMap<string, string>,
): Promise<Answer> {
  const [method = '', path = ''] = ask.request.replace(/\{(\w+)\}/g, (_, name) => kept.get(name) ?? '').split(' ')
  const { body } = ask
  const asIs = body === undefined || typeof body === 'string' || body instanceof FormData
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(value === undefined ? {} : { authorization: `Bearer ${value}` }),
      ...(asIs ? {} : { 'content-type': 'application/json' }),
    },
    body: asIs ? (body ?? null) : JSON.stringify(body),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  const { result, errors } = fields(isJson ? JSON.parse(text) : {})
  return { status: response.status, result, reason: /refused: (\w+)/.exec(JSON.stringify(errors ?? []))?.[1] }
}

/** The reason behind a refusal whose client was told none: the same token, asked about without HTTP. */
async function ownersView({ host }: Running, { refused }: Ask, value: string | undefined): Promise<string> {
  if (refused === undefined) return ''
  const access = await host.bw.authenticate(value, { ip: '127.0.0.1' })
  return access.checkAll([refused.about]).reason ?? ''
}

function told(status: number, rows: number | undefined): string {
  return rows === undefined ? `${status}` : `${status}, ${rows} ${rows === 1 ? 'row' : 'rows'}`
}

function rowsOf(result: unknown): number | undefined {
  return Array.isArray(result) ? result.length : undefined
}
