/**
 * The example host, started and filled for one test file, with tokens made to measure.
 */
import type { Owner, PolicyInput } from 'bailiwick'
import type { GitHubKey } from 'bailiwick/github'
import { afterAll, beforeAll } from 'vitest'
import { type Running, start } from '../../examples/edge/app.ts'
import type { Shape } from '../../examples/edge/host.ts'
import { type Cast, seed } from '../../examples/edge/scenario.ts'

export interface World {
  readonly running: Running
  readonly cast: Cast
}

/** A host of its own for the tests of this file. */
export function edge(githubKeys?: readonly GitHubKey[]): { readonly world: World } {
  let world: World | undefined
  beforeAll(async () => {
    const running = await start(githubKeys)
    world = { running, cast: await seed(running.host) }
  })
  afterAll(async () => {
    await world?.running.close()
  })
  return {
    get world() {
      if (world === undefined) throw new Error('the host is not started yet')
      return world
    },
  }
}

/** The secret of a new token: Olga's, who owns acme, unless another owner is named. */
export async function mint(
  { running }: World,
  policies: readonly PolicyInput<Shape>[],
  owner: Owner = { user: 'olga' },
): Promise<string> {
  const { value } = await running.host.bw.tokens.create({ owner, name: 'made for a test', policies })
  return value
}

/** An allow policy. */
export function allow(permissionGroups: readonly Shape['groups'][], resources: readonly string[]) {
  return { effect: 'allow', permissionGroups, resources } as const
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON came; the assertions say what it must be
  readonly json: any
}

export async function call(
  { running }: World,
  request: string,
  value?: string,
  init: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
): Promise<Reply> {
  const [method = '', path = ''] = request.split(' ')
  const { body } = init
  const response = await fetch(`${running.url}${path}`, {
    method,
    headers: {
      ...(value === undefined ? {} : { authorization: `Bearer ${value}` }),
      ...(body === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' }),
      ...init.headers,
    },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null }
}
