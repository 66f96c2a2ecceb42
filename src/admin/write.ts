/**
 * The way of every write: read the revisions of the scopes it will be decided on, read the facts, decide, commit; again if they moved.
 *
 * A decision is made on facts read *after* the revisions that the commit expects, so no write is ever based on what was no longer so.
 * Writes of one process that share a scope queue up for that (`queues.ts`).
 */
import type { Scope } from '../core/facts.ts'
import { isInstant } from '../core/time.ts'
import { ConflictError, MisuseError } from '../errors.ts'
import { type Origin, parseOrigin, type Who } from '../schema/origin.ts'
import type { Write, WriteEvent } from '../storage/port.ts'
import type { AuditAction } from './actions.ts'
import { chained } from './chain.ts'
import type { AdminDeps } from './deps.ts'
import { Queues } from './queues.ts'

/** A decision to write, and what the caller is told when it is done. */
interface Written<R> {
  readonly writes: readonly Write[]
  /** In whose log it stands. */
  readonly log: Scope
  readonly action: AuditAction
  readonly target: string
  /** Public facts: never a digest, never a secret. */
  readonly before: unknown
  readonly after: unknown
  readonly token?: NonNullable<WriteEvent['token']>
  readonly result: R
}

/** All is as wanted already: nothing is written. The hook hears of it all the same: whoever caches facts may not know yet that it is so. */
interface Unchanged<R> {
  readonly unchanged: R
  readonly token?: NonNullable<WriteEvent['token']>
}

export type Outcome<R> = Written<R> | Unchanged<R>

/** The same outcome, told in another way. */
export function told<A, B>(outcome: Outcome<A>, tell: (result: A) => B): Outcome<B> {
  return 'unchanged' in outcome
    ? { ...outcome, unchanged: tell(outcome.unchanged) }
    : { ...outcome, result: tell(outcome.result) }
}

/** What a decision knows besides the facts. */
export interface Moment {
  readonly now: number
  /** Who acts, as the audit log prints it. */
  readonly actor: string
  /** The revision that a scope will have when this is written. */
  revisionOf(scope: Scope): number
}

/** One kind of write, as its noun describes it. */
export interface Operation<F, R> {
  readonly origin: Origin | undefined
  /** The scopes it is decided on and which it bumps. */
  scopes(): Promise<readonly Scope[]>
  /** The facts, or `null` where they ask for other scopes than these: then all begins again. */
  facts(scopes: readonly Scope[], now: number): Promise<F | null>
  /** Pure. `now` is the same as for the facts. */
  decide(facts: F, moment: Moment): Outcome<R>
}

export type Writer = <F, R>(operation: Operation<F, R>) => Promise<R>

const MAX_TRIES = 10

export function createWriter({
  storage,
  clock,
  afterWrite,
}: Pick<AdminDeps, 'storage' | 'clock' | 'afterWrite'>): Writer {
  const queues = new Queues()

  return async (operation) => {
    const who = parseOrigin(operation.origin)
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const scopes = [...new Set(await operation.scopes())]
      const done = await queues.inTurn(scopes, () => attempt(operation, scopes, who))
      if (done !== null) return done.result
    }
    throw new ConflictError('revision', `the facts moved ${MAX_TRIES} times while this was being decided; try again`)
  }

  /** `null`: what it was decided on has moved, or is in other scopes. */
  async function attempt<F, R>(
    operation: Operation<F, R>,
    scopes: readonly Scope[],
    who: Who,
  ): Promise<{ readonly result: R } | null> {
    const revisions = await storage.revisions(scopes)
    const now = readClock(clock)
    const facts = await operation.facts(scopes, now)
    if (facts === null) return null
    const expect = new Map(scopes.map((scope, i) => [scope, revisions[i] ?? 0]))
    const outcome = operation.decide(facts, {
      now,
      actor: who.actor,
      revisionOf: (scope) => (expect.get(scope) ?? 0) + 1,
    })
    if ('unchanged' in outcome) {
      afterWrite({ scopes, ...(outcome.token !== undefined && { token: outcome.token }) })
      return { result: outcome.unchanged }
    }
    return (await commit(expect, outcome, { at: now, ...who })) ? { result: outcome.result } : null
  }

  async function commit(
    expect: ReadonlyMap<Scope, number>,
    { writes, log, action, target, before, after, token }: Written<unknown>,
    stamp: Who & { readonly at: number },
  ): Promise<boolean> {
    const scopes = [...expect.keys()]
    const audit = chained({ scope: log, ...stamp, action, target, before, after }, await storage.auditHead(log))
    let done: boolean
    try {
      done = await storage.commit({ expect, writes, audit })
    } catch (error) {
      // The driver may have committed and lost the answer.
      afterWrite({ scopes, ...(token !== undefined && { token: { id: token.id, after: null } }) })
      throw error
    }
    if (done) afterWrite({ scopes, ...(token !== undefined && { token }) })
    return done
  }
}

/** Throws `MisuseError` where the host's clock gives no whole milliseconds: the times of a write could not be stored. */
export function readClock(clock: () => number): number {
  const now = clock()
  if (!isInstant(now)) throw new MisuseError(`the clock gave \`${now}\`, which is no time in whole epoch milliseconds`)
  return now
}
