/**
 * One process of the memo in `worth`: decisions, against remembering them. The memos are as good as they can be made: tokens and permissions are
 * integers already, every question of the stream has been asked before, and nothing is ever thrown out but by a new generation of its token.
 * Where an address decides, nothing can be remembered.
 */
import assert from 'node:assert/strict'
import type { Decision, Policy } from 'bailiwick/core'
import { LRUCache } from 'lru-cache'
import type { Figures } from '../harness.ts'
import { isAllowed } from '../oracle.ts'
import { makeStream, type Spread } from '../requests.ts'
import { definition } from '../vocabulary.ts'
import { makeWorld } from '../worlds.ts'
import { core } from './built.ts'
import { alternate, type Contestant } from './turns.ts'

export interface MemoInput {
  readonly spread: Spread
}

interface Remembered {
  readonly generation: number
  readonly decision: Decision
}

/** Keyed once for each question; the resource is text, anything else a number. */
interface Memo {
  get(token: number, permission: number, resource: string): Remembered | undefined
  set(token: number, permission: number, resource: string, remembered: Remembered): void
}

const TURNS = { stream: 50_000, perTurn: 1_000, rounds: 151, warmUp: 60 }

export async function run({ spread }: MemoInput): Promise<Figures> {
  const world = makeWorld('M')
  const catalog = core.defineCatalog(definition)
  const { requests, freshTexts } = makeStream(world, spread, TURNS.stream, 13)
  const subjects = world.facts.map((facts) => core.tokenSubject(catalog, facts))
  const depends = world.facts.map(({ token, standings }) =>
    [...token.policies, ...standings.flatMap(({ member }) => member?.policies ?? [])].some(isConditional),
  )
  const generations = new Int32Array(world.tokens)
  const asked = requests.map((request) => ({
    token: request.token,
    subject: subjects[request.token] ?? assert.fail('no such token'),
    permission: core.permissionNamed(catalog, request.permission),
    context: { now: 10_000, ip: core.parseAddress(request.ip) },
    expected: isAllowed(world, request),
  }))
  let resources = freshTexts()
  // Texts as out of a URL: nobody has hashed them.
  const prepare = () => {
    resources = freshTexts()
  }
  const decides: Contestant = {
    name: 'decide',
    prepare,
    turn: (from, to) => {
      let right = 0
      for (let i = from; i < to; i++) {
        const { subject, permission, context, expected } = asked[i] ?? assert.fail()
        if ((core.decide(subject, permission, resources[i] ?? '', context).effect === 'allow') === expected) right++
      }
      return right
    },
  }
  const remembers = (name: string, memo: Memo): Contestant => ({
    name,
    prepare,
    turn: (from, to) => {
      let right = 0
      for (let i = from; i < to; i++) {
        const { token, subject, permission, context, expected } = asked[i] ?? assert.fail()
        const resource = resources[i] ?? ''
        const generation = generations[token] ?? 0
        const kept = depends[token] === true ? undefined : memo.get(token, permission.index, resource)
        let decision: Decision
        if (kept !== undefined && kept.generation === generation) decision = kept.decision
        else {
          decision = core.decide(subject, permission, resource, context)
          if (depends[token] !== true) memo.set(token, permission.index, resource, { generation, decision })
        }
        if ((decision.effect === 'allow') === expected) right++
      }
      return right
    },
  })
  const figures = await alternate(
    [
      decides,
      remembers('memo, Maps in Maps', new NestedMemo()),
      remembers('memo, one Map, keys joined', new JoinedMemo(new Map())),
      remembers('memo, one LRU, keys joined', new JoinedMemo(new LRUCache({ max: 2 * TURNS.stream }))),
    ],
    TURNS,
  )
  return { ...figures, 'could be remembered': shareOfRepeats(requests, depends) }
}

class NestedMemo implements Memo {
  readonly #tokens = new Map<number, Map<number, Map<string, Remembered>>>()

  get(token: number, permission: number, resource: string): Remembered | undefined {
    return this.#tokens.get(token)?.get(permission)?.get(resource)
  }

  set(token: number, permission: number, resource: string, remembered: Remembered): void {
    const permissions = this.#tokens.get(token) ?? new Map<number, Map<string, Remembered>>()
    const resources = permissions.get(permission) ?? new Map<string, Remembered>()
    this.#tokens.set(token, permissions.set(permission, resources.set(resource, remembered)))
  }
}

class JoinedMemo implements Memo {
  readonly #kept: Pick<Map<string, Remembered>, 'get'> & { set(key: string, value: Remembered): unknown }

  constructor(kept: Pick<Map<string, Remembered>, 'get'> & { set(key: string, value: Remembered): unknown }) {
    this.#kept = kept
  }

  get(token: number, permission: number, resource: string): Remembered | undefined {
    return this.#kept.get(`${token} ${permission} ${resource}`)
  }

  set(token: number, permission: number, resource: string, remembered: Remembered): void {
    this.#kept.set(`${token} ${permission} ${resource}`, remembered)
  }
}

function isConditional({ condition }: Policy): boolean {
  return condition !== undefined
}

/** Of a stream that comes by for the first time, what share a memo without bounds would have met before. */
function shareOfRepeats(
  requests: readonly { readonly token: number; readonly permission: string; readonly resource: string }[],
  depends: readonly boolean[],
): number {
  const seen = new Set<string>()
  let repeats = 0
  for (const { token, permission, resource } of requests) {
    if (depends[token] === true) continue
    const key = `${token} ${permission} ${resource}`
    if (seen.has(key)) repeats++
    seen.add(key)
  }
  return repeats / requests.length
}
